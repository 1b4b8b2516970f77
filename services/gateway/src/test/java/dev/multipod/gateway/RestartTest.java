package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class RestartTest {
  private static final int CALLERS = 6;

  /// Callers that ask without a pause; half of them post.
  private static final class Load implements AutoCloseable {
    final Queue<String> failures = new ConcurrentLinkedQueue<>();
    final AtomicInteger answered = new AtomicInteger();
    private final AtomicBoolean on = new AtomicBoolean(true);
    private final List<Thread> callers = new ArrayList<>();

    Load(String path) {
      for (int i = 0; i < CALLERS; i++) {
        boolean posts = i % 2 == 0;
        callers.add(Thread.ofVirtual().start(() -> ask(path, posts)));
      }
    }

    private void ask(String path, boolean posts) {
      while (on.get()) {
        try {
          HttpResponse<String> answer =
              Calls.HTTP.send(
                  posts
                      ? Calls.to(path).POST(BodyPublishers.ofString("body")).build()
                      : Calls.to(path).build(),
                  BodyHandlers.ofString());
          answered.incrementAndGet();
          if (answer.statusCode() != 200) {
            failures.add(answer.statusCode() + " " + answer.body());
          }
        } catch (IOException e) {
          failures.add(e.toString());
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    void more(int requests) {
      int now = answered.get();
      Await.until("more requests are answered", () -> answered.get() >= now + requests);
    }

    @Override
    public void close() {
      on.set(false);
      for (Thread caller : callers) {
        try {
          caller.join();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  @Test
  void aRollingRestartOfTheReplicasLosesNoRequest() {
    String service = GatewayInFront.service();
    List<ChildReplica> replicas = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      replicas.add(ChildReplica.start("old-" + i));
    }
    GatewayInFront.replicas(service, lines(replicas));
    Load load = new Load("/" + service + "/x");
    try (load) {
      load.more(200);
      for (int i = 0; i < 3; i++) {
        ChildReplica old = replicas.removeFirst();
        replicas.add(ChildReplica.start("new-" + i));
        GatewayInFront.replicas(service, lines(replicas));
        old.drain();
        load.more(200);
      }
    } finally {
      replicas.forEach(ChildReplica::kill);
    }
    assertEquals(List.of(), List.copyOf(load.failures));
  }

  @Test
  void aKilledReplicaTakesWithItOnlyWhatItHad() {
    String service = GatewayInFront.service();
    ChildReplica victim = ChildReplica.start("victim");
    ChildReplica other = ChildReplica.start("other");
    GatewayInFront.replicas(service, lines(List.of(victim, other)));
    Load load = new Load("/" + service + "/x");
    try (load) {
      load.more(500);
      // Still in the list: as a replica is, for a while, that nobody told to stop.
      victim.kill();
      load.more(2000);
    } finally {
      victim.kill();
      other.kill();
    }
    assertTrue(
        load.failures.size() <= CALLERS, "more failed than were under way: " + load.failures);
    for (String failure : load.failures) {
      assertTrue(failure.contains("upstream-failed"), failure);
    }
  }

  private static List<String> lines(List<ChildReplica> replicas) {
    return replicas.stream().map(ChildReplica::line).toList();
  }

  /// A replica in a process of its own.
  private record ChildReplica(String name, int port, Process process) {
    static ChildReplica start(String name) {
      try {
        Process process =
            new ProcessBuilder(
                    ProcessHandle.current().info().command().orElse("java"),
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    Path.of("target", "test-classes").toAbsolutePath().toString(),
                    PoliteReplica.class.getName(),
                    name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String port = process.inputReader().readLine();
        ChildReplica replica = new ChildReplica(name, Integer.parseInt(port), process);
        replica.warmUp();
        return replica;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// As a readiness probe does: a process that has just begun is slow to answer.
    private void warmUp() throws IOException {
      try {
        for (int i = 0; i < 50; i++) {
          Calls.HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/".formatted(port))).build(),
              BodyHandlers.discarding());
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    String line() {
      return "%s 127.0.0.1 %d".formatted(name, port);
    }

    void drain() {
      process.destroy();
      process.onExit().join();
    }

    void kill() {
      process.destroyForcibly().onExit().join();
    }
  }
}
