package dev.multipod.ssh.exec;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What to run.
///
/// @param argv the program and its arguments, quoted for the remote shell by us; or
/// @param command a line for the remote shell, as it is
/// @param stdin text for its standard input, which then ends; absent: it ends at once
/// @param env variables that the server must accept (OpenSSH: `AcceptEnv`)
/// @param timeout after it the command gets TERM, and KILL when that does not help
/// @param maxOutput the bytes of stdout and stderr together that are passed on
public record ExecRequest(
    @Nullable List<String> argv,
    @Nullable String command,
    @Nullable String stdin,
    @Nullable Map<String, String> env,
    @Nullable Duration timeout,
    @Nullable Long maxOutput) {
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  /// The same with nothing left open.
  ///
  /// @param line what the remote shell gets
  record Checked(
      String line, String stdin, Map<String, String> env, Duration timeout, long maxOutput) {}

  /// @throws Problem 422 `invalid-exec`
  Checked check(SshSettings.Exec limits) {
    Duration time = timeout == null ? limits.timeout() : timeout;
    if (time.isZero() || time.compareTo(limits.maxTimeout()) > 0) {
      throw invalid("timeout is more than 0s and at most " + limits.maxTimeout().toSeconds() + "s");
    }
    long output = maxOutput == null ? limits.output().asLongValue() : maxOutput;
    if (output < 0 || output > limits.maxOutput().asLongValue()) {
      throw invalid("maxOutput is 0 to " + limits.maxOutput().asLongValue() + " bytes");
    }
    Map<String, String> variables = env == null ? Map.of() : env;
    variables.forEach(
        (name, value) -> {
          if (!VARIABLE.matcher(name).matches() || value == null || hasNul(value)) {
            throw invalid("env has a name or a value that no environment can hold");
          }
        });
    return new Checked(line(), stdin == null ? "" : stdin, Map.copyOf(variables), time, output);
  }

  private String line() {
    if (argv != null && command == null) {
      if (argv.isEmpty() || argv.stream().anyMatch(word -> word == null || hasNul(word))) {
        throw invalid("argv is at least one word, and no word has a NUL");
      }
      return argv.stream().map(ExecRequest::quoted).collect(Collectors.joining(" "));
    }
    if (command != null && argv == null && !command.isBlank() && !hasNul(command)) {
      return command;
    }
    throw invalid("exactly one of argv (a list of words) and command (a line for the shell)");
  }

  /// For a POSIX shell (XCU 2.2.2): between single quotes everything but a single quote is itself.
  static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static boolean hasNul(String text) {
    return text.indexOf('\0') >= 0;
  }

  private static Problem invalid(String what) {
    return Problem.of(422, "invalid-exec", "This cannot be run", "Wanted: " + what + ".");
  }
}
