package dev.multipod.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChildTest {
  @Test
  void itsExitCodeAndOutputAreKnown() throws Exception {
    try (Child child = start("echo $A; exit 3")) {
      assertEquals(3, child.onExit().get(10, TimeUnit.SECONDS));
      child.awaitOutput();
      assertEquals(List.of("b"), child.log());
    }
  }

  @Test
  void oneThatIgnoresTermIsKilledAfterTheGrace() throws Exception {
    try (Child child = start("trap '' TERM; echo ready; while :; do sleep 1; done")) {
      Await.until("it is ready", Duration.ofSeconds(10), () -> !child.log().isEmpty());
      assertFalse(child.stop(Duration.ofMillis(200)));
      assertFalse(child.isAlive());
    }
  }

  @Test
  void itDiesWithAParentThatIsKilledEvenWhenItIsStopped() throws Exception {
    Process parent =
        new ProcessBuilder(
                Checkout.java(),
                "-cp",
                System.getProperty("java.class.path"),
                ParentOfOne.class.getName())
            .start();
    try (BufferedReader out = parent.inputReader()) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      Faults.pause(child);
      assertTrue(child.isAlive());

      Faults.kill(parent.pid());

      child.onExit().get(10, TimeUnit.SECONDS);
      assertFalse(child.isAlive());
    }
  }

  /// Starts a child, says its pid, and waits for ever.
  static final class ParentOfOne {
    private ParentOfOne() {}

    public static void main(String[] arguments) throws Exception {
      try (Child child = start("exec sleep 600")) {
        System.out.println(child.pid());
        child.onExit().get();
      }
    }
  }

  private static Child start(String script) {
    return Child.start(
        "script",
        List.of("/bin/sh", "-c", script),
        Map.of("A", "b"),
        Path.of("").toAbsolutePath(),
        line -> {});
  }
}
