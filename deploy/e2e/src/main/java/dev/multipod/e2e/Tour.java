package dev.multipod.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Runs the commands of a document and compares what they print with what the document says.
///
/// A ```` ```bash ```` block that is followed by a ```` ```text ```` block is a step: the commands,
/// then their output. In the output `…` stands for whatever differs from run to run: within a line
/// for any text, alone on a line for any lines. Other blocks are not run. Each step has two
/// minutes.
///
/// The documents name the local stack's usual ports and folder; where `MULTIPOD_SITE_PORT`,
/// `MULTIPOD_RAW_PORT` or `MULTIPOD_HOME` move them, the steps move along.
///
/// Usage: `java Tour.java DOCUMENT…` in the root of the checkout, with `MULTIPOD` set.
final class Tour {
  private static final Pattern STEP =
      Pattern.compile(
          "^```bash\\n(.*?)^```\\n\\s*^```text\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final long STEP_SECONDS = 120;

  private record Step(String commands, String expected) {}

  private record Outcome(int exit, String printed) {}

  private Tour() {}

  public static void main(String[] documents) throws IOException, InterruptedException {
    if (documents.length == 0) {
      System.err.println("usage: java Tour.java DOCUMENT…");
      System.exit(2);
    }
    int passed = 0;
    int failed = 0;
    for (String document : documents) {
      List<Step> steps = steps(moved(Files.readString(Path.of(document))));
      if (steps.isEmpty()) {
        System.err.println(document + " has no steps: a ```bash block followed by a ```text block");
        System.exit(2);
      }
      for (Step step : steps) {
        System.out.println("\n$ " + step.commands.strip().replace("\n", "\n  "));
        Outcome outcome = run(step.commands);
        if (outcome.exit == 0
            && pattern(step.expected).matcher(outcome.printed.strip()).matches()) {
          System.out.println(outcome.printed.strip());
          passed++;
        } else {
          failed++;
          System.out.printf(
              "%s%n--- NOT as %s says (exit %d). It says:%n%s%n---%n",
              outcome.printed.strip(), document, outcome.exit, step.expected.strip());
        }
      }
    }
    System.out.printf("%nTour: %d passed, %d failed%n", passed, failed);
    System.exit(failed == 0 ? 0 : 1);
  }

  private static String moved(String document) {
    return document
        .replace("127.0.0.1:8081", "127.0.0.1:" + setting("MULTIPOD_SITE_PORT", "8081"))
        .replace("127.0.0.1/9007", "127.0.0.1/" + setting("MULTIPOD_RAW_PORT", "9007"))
        .replace(".multipod/token", setting("MULTIPOD_HOME", ".multipod") + "/token");
  }

  private static String setting(String variable, String usual) {
    return System.getenv().getOrDefault(variable, usual);
  }

  private static List<Step> steps(String document) {
    List<Step> steps = new ArrayList<>();
    Matcher blocks = STEP.matcher(document);
    while (blocks.find()) {
      steps.add(new Step(blocks.group(1), blocks.group(2)));
    }
    return steps;
  }

  static Pattern pattern(String expected) {
    return Pattern.compile(
        expected
            .strip()
            .lines()
            .map(
                line ->
                    line.strip().equals("…")
                        ? "(?:[^\\n]*(?:\\n|$))*?"
                        : Pattern.quote(line.stripTrailing()).replace("…", "\\E[^\\n]*\\Q")
                            + "[ \\t\\r]*(?:\\n|$)")
            .collect(Collectors.joining()));
  }

  private static Outcome run(String commands) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    Thread deadline =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    if (!shell.waitFor(STEP_SECONDS, TimeUnit.SECONDS)) {
                      shell.descendants().forEach(ProcessHandle::destroyForcibly);
                      shell.destroyForcibly();
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // the step ended
                  }
                });
    try (InputStream out = shell.getInputStream()) {
      String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      int exit = shell.waitFor();
      return new Outcome(exit, printed);
    } finally {
      deadline.interrupt();
    }
  }
}
