package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.Child;
import dev.multipod.testkit.Tools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One table of operations, replayed against CPython's `multiprocessing.JoinableQueue` and against
/// the services.
class JoinableQueueIT {
  static List<QueueScenario> scenarios() {
    return QueueScenario.all();
  }

  @Test
  void theTableSaysWhatCPythonDoes() throws InterruptedException {
    Path python = Tools.require("python3", "that the queue answers as CPython's JoinableQueue");
    try (Child child =
        Child.start(
            "python",
            List.of(
                python.toString(),
                QueueScenario.FOLDER.resolve("joinable_queue.py").toString(),
                QueueScenario.TABLE.toString()),
            Map.of("PYTHONIOENCODING", "utf-8"),
            Path.of("."),
            line -> {})) {
      child.awaitEnd(Duration.ofSeconds(90));
      child.awaitOutput();
      List<QueueScenario.Step> steps =
          scenarios().stream().flatMap(scenario -> scenario.steps().stream()).toList();
      List<String> said = child.log();
      assertEquals(steps.size(), said.size(), () -> String.join("\n", said));
      List<String> expected = new ArrayList<>();
      List<String> others = new ArrayList<>();
      for (int line = 0; line < steps.size(); line++) {
        QueueScenario.Step step = steps.get(line);
        if (!step.python().equals(said.get(line))) {
          expected.add("%d %s -> %s".formatted(line + 1, step.operation(), step.python()));
          others.add("%d %s -> %s".formatted(line + 1, step.operation(), said.get(line)));
        }
      }
      assertEquals(expected, others);
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void theServicesDoWhatTheTableSays(QueueScenario scenario) throws Exception {
    List<String> expected = new ArrayList<>();
    List<String> said = new ArrayList<>();
    try (QueueReplay replay = new QueueReplay(QueueStack.get(), scenario.maxsize())) {
      for (QueueScenario.Step step : scenario.steps()) {
        expected.add(step.operation() + " -> " + step.ours());
        said.add(step.operation() + " -> " + replay.run(step));
      }
    }
    assertEquals(expected, said);
  }
}
