package dev.multipod.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One scenario of the table `joinable-queue/scenarios.txt`.
record QueueScenario(String name, int maxsize, List<Step> steps) {
  /// An operation and what is answered.
  ///
  /// @param option `nowait`, `timeout=…`, `later=…`, or empty
  record Step(
      String operation,
      String verb,
      @Nullable String item,
      String option,
      String python,
      String ours) {
    private static final Pattern OPERATION =
        Pattern.compile("(\\w+)(?: (\"(?:[^\"\\\\]|\\\\.)*\"))?(?: (\\S+))?");

    private static Step of(String line) {
      String operation = line.substring(0, line.indexOf(" -> ")).strip();
      String[] answers = line.substring(line.indexOf(" -> ") + 4).split(" / ", -1);
      Matcher parts = OPERATION.matcher(operation);
      if (!parts.matches()) {
        throw new IllegalArgumentException(line);
      }
      String option = parts.group(3);
      return new Step(
          operation,
          parts.group(1),
          parts.group(2) == null ? null : text(parts.group(2)),
          option == null ? "" : option,
          answers[0],
          answers[answers.length - 1]);
    }

    private static String text(String json) {
      try {
        return new ObjectMapper().readValue(json, String.class);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(json, e);
      }
    }
  }

  static final Path FOLDER =
      Checkout.root().resolve("services/consumer/src/test/resources/joinable-queue");
  static final Path TABLE = FOLDER.resolve("scenarios.txt");

  static List<QueueScenario> all() {
    List<QueueScenario> all = new ArrayList<>();
    String name = "";
    try {
      for (String line : Files.readAllLines(TABLE)) {
        if (line.startsWith("== ")) {
          name = line.substring(3);
        } else if (line.startsWith("maxsize ")) {
          all.add(new QueueScenario(name, Integer.parseInt(line.substring(8)), new ArrayList<>()));
        } else if (line.contains(" -> ") && !line.startsWith("#")) {
          all.getLast().steps.add(Step.of(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  @Override
  public String toString() {
    return name;
  }
}
