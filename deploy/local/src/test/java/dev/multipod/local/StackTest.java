package dev.multipod.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Faults;
import dev.multipod.testkit.Ports;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder = Path.of("");

  @Test
  void itSaysWhatRunsWhereAndWhatToTypeNext() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      stack.awaitLine("two-1            | serving");
      String said = String.join("\n", stack.log());

      assertTrue(said.contains("one-1"), said);
      assertTrue(said.contains("http://127.0.0.1:" + stack.port), said);
      assertTrue(said.contains(stack.home.resolve("data").toString()), said);
      assertTrue(said.contains("Bearer $(cat '" + stack.home.resolve("token") + "')"), said);
      assertTrue(said.contains("two-1            | serving"), said);
      assertFalse(said.contains("\u001b"), said);
    }
  }

  @Test
  void theTokenIsForThisUserOnly() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(stack.home.resolve("token"))));
    }
  }

  @Test
  void aSignalStopsAllInTenSecondsAndLeavesNothing() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      List<ProcessHandle> processes = stack.processes();
      long begin = System.nanoTime();

      boolean byItself = stack.child().stop(Duration.ofSeconds(20));

      assertTrue(byItself);
      assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(10));
      assertEquals(0, stack.child().onExit().get());
      assertGone(processes);
      assertTrue(Ports.isFree(stack.port));
      try (Stream<Path> left = Files.list(stack.home)) {
        assertEquals(List.of(stack.home.resolve("data")), left.toList());
      }
    }
  }

  @Test
  void aKilledStackTakesItsProcessesAlongAndTheNextOneStarts() throws Exception {
    try (RunningStack first = RunningStack.launch(folder).ready()) {
      List<ProcessHandle> processes = first.processes();
      assertTrue(processes.size() >= 3);

      first.child().kill();

      assertGone(processes);
      try (RunningStack second = RunningStack.launch(folder, first.port).ready()) {
        assertEquals(List.of("two-1"), second.peers("two"));
      }
    }
  }

  @Test
  void aProcessThatAKilledStackLeftIsEndedButNotOneThatHasItsPidNow() throws Exception {
    Process left = new ProcessBuilder("sleep", "600").start();
    Process other = new ProcessBuilder("sleep", "600").start();
    try {
      Path run = Files.createDirectories(folder.resolve("a folder/run"));
      long start = left.info().startInstant().orElseThrow().toEpochMilli();
      Files.writeString(
          run.resolve("processes"),
          "%d %d left-1\n%d %d other-1\n"
              .formatted(left.pid(), start, other.pid(), start - 100_000));

      try (RunningStack stack = RunningStack.launch(folder).ready()) {
        assertTrue(stack.log().contains("Ended what an earlier stack left: left-1"));
        assertFalse(left.isAlive());
        assertTrue(other.isAlive());
      }
    } finally {
      left.destroyForcibly();
      other.destroyForcibly();
    }
  }

  @Test
  void aTakenPortIsNamedWithTheWayOut() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningStack stack = RunningStack.launch(folder, taken.getLocalPort())) {
      assertEquals(1, stack.child().onExit().get(30, TimeUnit.SECONDS));

      stack.child().awaitOutput();
      String said = String.join("\n", stack.log());
      assertTrue(said.contains("Port " + taken.getLocalPort()), said);
      assertTrue(said.contains("MULTIPOD_PORT="), said);
    }
  }

  @Test
  void aSecondStackOfTheSameFolderIsRefused() throws Exception {
    try (RunningStack first = RunningStack.launch(folder).ready();
        RunningStack second = RunningStack.launch(folder)) {
      assertEquals(1, second.child().onExit().get(30, TimeUnit.SECONDS));

      second.child().awaitOutput();
      assertTrue(second.log().getFirst().contains("is running already"), second.log()::toString);
      assertTrue(first.child().isAlive());
      assertEquals(0, first.order("status").code());
    }
  }

  @Test
  void whatDiesIsStartedAgain() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      ProcessHandle before = stack.process("two-1");

      Faults.kill(before);

      stack.awaitLine("two-1 (pid " + before.pid() + ") ended with signal 9");
      Await.until(
          "it is listed again",
          SOON,
          () ->
              stack.peers("two").equals(List.of("two-1"))
                  && stack.process("two-1").pid() != before.pid());
    }
  }

  @Test
  void whatDiesAgainAndAgainStaysDown() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder, "failing")) {
      stack.awaitLine("it stays down");

      long deaths =
          stack.log().stream().filter(line -> line.contains("ended with exit code 3")).count();
      assertEquals(RestartBudget.LIMIT + 1, deaths);
      assertTrue(stack.child().isAlive());
      assertTrue(stack.order("status").text().contains("down"));
    }
  }

  @Test
  void scaleStartsAndStopsReplicasAndTellsThePeers() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      RunningStack.Answer up = stack.order("scale", "one", "3");
      List<String> three = stack.peers("one");
      RunningStack.Answer down = stack.order("scale", "one", "0");

      assertEquals(0, up.code(), up.text());
      assertTrue(up.text().contains("one-3 is ready"), up.text());
      assertEquals(List.of("one-1", "one-2", "one-3"), three);
      assertEquals(0, down.code(), down.text());
      assertEquals(List.of(), stack.peers("one"));
    }
  }

  @Test
  void anOrderThatMakesNoSenseSaysWhy() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      RunningStack.Answer unknown = stack.order("scale", "three", "2");
      RunningStack.Answer tooMany = stack.order("scale", "one", "11");
      RunningStack.Answer noNumber = stack.order("scale", "one", "-1");
      RunningStack.Answer gateway = stack.order("scale", "gateway", "2");

      assertTrue(unknown.text().contains("There is no service 'three'"), unknown.text());
      assertTrue(tooMany.text().contains("0 to 10"), tooMany.text());
      assertTrue(noNumber.text().contains("0 to 10"), noNumber.text());
      assertTrue(gateway.text().contains("no service 'gateway' to scale"), gateway.text());
      for (RunningStack.Answer answer : List.of(unknown, tooMany, noNumber, gateway)) {
        assertNotEquals(0, answer.code());
      }
    }
  }

  @Test
  void withoutAStackAnOrderSaysSo() throws Exception {
    try (RunningStack stack = RunningStack.launch(folder).ready()) {
      stack.stop();

      RunningStack.Answer answer = stack.order("scale", "one", "2");

      assertEquals(1, answer.code());
      assertTrue(answer.text().contains("make run"), answer.text());
    }
  }

  @Test
  void dataOutliveTheStackAndAKillOfIt() throws Exception {
    try (RunningStack first = RunningStack.launch(folder, "servers").ready()) {
      List<ProcessHandle> processes = first.processes();
      first.child().kill();
      assertGone(processes);
    }
    String password = Files.readString(folder.resolve("a folder/data/postgres.password"));

    try (RunningStack second = RunningStack.launch(folder, "servers").ready()) {
      List<ProcessHandle> processes = second.processes();
      long begin = System.nanoTime();
      second.stop();

      assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(30));
      assertGone(processes);
      assertEquals(password, Files.readString(folder.resolve("a folder/data/postgres.password")));
      assertTrue(Files.exists(folder.resolve("a folder/data/postgres/PG_VERSION")));
      assertTrue(Files.exists(folder.resolve("a folder/data/kafka/data/meta.properties")));
    }
  }

  private static void assertGone(List<ProcessHandle> processes) {
    Await.until(
        () -> "gone: " + processes.stream().filter(ProcessHandle::isAlive).toList(),
        SOON,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }
}
