package dev.multipod.demossh;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.command.CommandFactory;
import org.apache.sshd.server.shell.ProcessShellCommandFactory;

/// Runs what can do no harm, and no shell: the words of a command go to the program as they are.
final class HarmlessCommands implements CommandFactory {
  private static final Pattern OPTION = Pattern.compile("-{1,2}[A-Za-z-]{1,20}");
  private static final Pattern DATE_FORMAT = Pattern.compile("\\+[%A-Za-z0-9:. _/-]{1,60}");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,4}(\\.\\d{1,3})?");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private final Path root;
  private final CommandFactory processes = new ProcessShellCommandFactory();

  HarmlessCommands(Path root) {
    this.root = root;
  }

  @Override
  public Command createCommand(ChannelSession channel, String line) throws IOException {
    Optional<List<String>> words = words(line).filter(this::allowed).map(this::inRoot);
    // The factory splits at blanks and knows no quotes, so words that need some stay out.
    if (words.isPresent() && words.get().stream().allMatch(w -> PLAIN.matcher(w).matches())) {
      return processes.createCommand(channel, String.join(" ", words.get()));
    }
    if (words.isPresent() && words.get().getFirst().equals("echo")) {
      return new Says(String.join(" ", words.get().subList(1, words.get().size())) + "\n", "", 0);
    }
    return new Says(
        "",
        "demo-ssh runs only: df, uname, date, echo, sleep, and cat of a file below its root\n",
        126);
  }

  private boolean allowed(List<String> words) {
    List<String> rest = words.subList(1, words.size());
    return switch (words.getFirst()) {
      case "df", "uname" -> rest.stream().allMatch(word -> OPTION.matcher(word).matches());
      case "date" ->
          rest.stream().allMatch(w -> w.equals("-u") || DATE_FORMAT.matcher(w).matches());
      case "echo" -> true;
      case "sleep" -> rest.size() == 1 && SECONDS.matcher(rest.getFirst()).matches();
      case "cat" -> !rest.isEmpty() && rest.stream().allMatch(this::isBelowRoot);
      default -> false;
    };
  }

  private boolean isBelowRoot(String file) {
    try {
      return below(file).toRealPath().startsWith(root);
    } catch (IOException e) {
      // A file that is not there is cat's to complain about, when its place would be ours.
      return below(file).normalize().startsWith(root);
    }
  }

  /// The paths of `cat` mean what they mean in SFTP: `/` is the root directory.
  private Path below(String file) {
    return root.resolve(file.replaceFirst("^/+", ""));
  }

  private List<String> inRoot(List<String> words) {
    if (!words.getFirst().equals("cat")) {
      return words;
    }
    List<String> real = new ArrayList<>(List.of("cat"));
    words.stream().skip(1).map(word -> below(word).normalize().toString()).forEach(real::add);
    return real;
  }

  /// The words of a line with single and double quotes and backslashes as in a shell; empty when it
  /// has anything else that a shell would act on.
  static Optional<List<String>> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else if (quote == '"' && "$`\\".indexOf(c) >= 0) {
          return Optional.empty();
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        inWord = true;
      } else if (c == '\\' && i + 1 < line.length()) {
        word.append(line.charAt(++i));
        inWord = true;
      } else if (c == ' ' || c == '\t') {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else if ("|&;<>()$`\\*?[]#~{}!\n".indexOf(c) >= 0) {
        return Optional.empty();
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return quote != 0 || words.isEmpty() ? Optional.empty() : Optional.of(words);
  }

  /// Says something and ends.
  private static final class Says extends AbstractCommandSupport {
    private final String out;
    private final String err;
    private final int code;

    Says(String out, String err, int code) {
      super(out, null);
      this.out = out;
      this.err = err;
      this.code = code;
    }

    @Override
    public void run() {
      try {
        write(getOutputStream(), out);
        write(getErrorStream(), err);
        onExit(code);
      } catch (IOException e) {
        onExit(1);
      }
    }

    private static void write(OutputStream to, String text) throws IOException {
      to.write(text.getBytes(StandardCharsets.UTF_8));
      to.flush();
    }
  }
}
