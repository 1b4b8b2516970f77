package dev.multipod.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Everything that runs: starts it, counts it, stops it.
final class Stack implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofMinutes(2);
  private static final Duration SERVERS_STOP_WITHIN = Duration.ofSeconds(3);

  private final Settings settings;
  private final Console console;
  private final Processes processes;
  private final PeersFiles peers;
  private final Servers servers;
  private final Map<String, Group> groups = new LinkedHashMap<>();
  private final List<Supervised> serverProcesses = new CopyOnWriteArrayList<>();
  private final Map<Part.Need, Map<String, String>> environments = new HashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  Stack(Settings settings, Console console, Processes processes, List<Part> table) {
    this.settings = settings;
    this.console = console;
    this.processes = processes;
    this.peers = new PeersFiles(settings.peers());
    this.servers = new Servers(settings.data(), console);
    for (Part part : table) {
      groups.put(part.name(), new Group(part, replica -> supervise(part, replica), peers));
    }
  }

  /// Starts everything and waits until all of it is ready.
  ///
  /// @return whether all of it is
  boolean start() {
    long begin = System.nanoTime();
    List<Supervised> started = begin();
    AtomicBoolean ready = new AtomicBoolean(true);
    inParallel(
        started,
        process -> {
          if (!awaited(process, begin)) {
            ready.set(false);
          }
        });
    return ready.get();
  }

  private synchronized List<Supervised> begin() {
    List<Supervised> started = new ArrayList<>();
    if (!closed.get()) {
      Set<Part.Need> needs = EnumSet.noneOf(Part.Need.class);
      groups.values().forEach(group -> needs.addAll(group.part().needs()));
      prepare(needs);
      serverProcesses.forEach(Supervised::start);
      started.addAll(serverProcesses);
      for (Group group : groups.values()) {
        group.begin().forEach(member -> started.add(member.process()));
      }
    }
    return started;
  }

  private boolean awaited(Supervised process, long begin) {
    boolean ready = process.awaitSettled(READY_WITHIN);
    if (!closed.get()) {
      console.say(
          "  %5.1f s  %s %s"
              .formatted(
                  (System.nanoTime() - begin) / 1e9,
                  process.name(),
                  ready ? "is ready" : "is NOT ready"));
    }
    return ready;
  }

  List<Group> groups() {
    return List.copyOf(groups.values());
  }

  /// The servers that were needed, each with its port.
  Map<Supervised, Integer> servers() {
    Map<Supervised, Integer> all = new LinkedHashMap<>();
    for (Supervised server : serverProcesses) {
      all.put(server, server.name().equals("kafka") ? servers.kafkaPort() : servers.postgresPort());
    }
    return all;
  }

  /// Changes the number of a service's replicas.
  ///
  /// @throws Refusal when there is no such service, or not that many
  void scale(String service, int replicas, Consumer<String> progress) {
    Group group = groups.get(service);
    if (group == null || !group.part().scales()) {
      List<String> known =
          groups.values().stream()
              .filter(candidate -> candidate.part().scales())
              .map(candidate -> candidate.part().name())
              .toList();
      throw new Refusal(
          "There is no service '"
              + service
              + "' to scale; there are "
              + String.join(", ", known)
              + ".");
    }
    if (replicas < 0 || replicas > Group.MOST_REPLICAS) {
      throw new Refusal(
          "REPLICAS is %d: 0 to %d are meant.".formatted(replicas, Group.MOST_REPLICAS));
    }
    if (!group.scale(replicas, progress)) {
      throw new Refusal(
          "Not every replica of " + service + " became ready; see the stack's output.");
    }
  }

  /// Stops everything: what takes requests first, then what keeps the data.
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    // Not while the first processes are being started: they would be missed.
    synchronized (this) {
      stopAll();
    }
  }

  private void stopAll() {
    inParallel(groups.values(), group -> group.close(Group.STOP_WITHIN));
    inParallel(serverProcesses, server -> server.stop(SERVERS_STOP_WITHIN));
  }

  /// Does something for each, at once, and waits for all of them.
  static <T> void inParallel(Collection<T> all, Consumer<T> action) {
    List<Thread> threads =
        all.stream().map(one -> Thread.ofVirtual().start(() -> action.accept(one))).toList();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void prepare(Set<Part.Need> needs) {
    try {
      Files.createDirectories(settings.peers());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (needs.contains(Part.Need.POSTGRES)) {
      environments.put(Part.Need.POSTGRES, servers.postgresEnvironment());
      serverProcesses.add(new Supervised("postgres", servers.postgres(), console, processes));
    }
    if (needs.contains(Part.Need.KAFKA)) {
      environments.put(Part.Need.KAFKA, servers.kafkaEnvironment());
      serverProcesses.add(new Supervised("kafka", servers.kafka(), console, processes));
    }
    if (needs.contains(Part.Need.TOKENS)) {
      LocalIssuer issuer = new LocalIssuer();
      LocalIssuer.write(settings.token(), issuer.token(Instant.now()));
      environments.put(Part.Need.TOKENS, issuer.environment());
    }
  }

  private Supervised supervise(Part part, Replica replica) {
    Map<String, String> environment = new HashMap<>();
    part.needs().forEach(need -> environment.putAll(environments.getOrDefault(need, Map.of())));
    return new Supervised(
        replica.name(),
        new ServiceWatch(part, replica, settings, environment, peers, console),
        console,
        processes);
  }
}
