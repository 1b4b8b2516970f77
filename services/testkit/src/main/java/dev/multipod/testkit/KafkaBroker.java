package dev.multipod.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// A real Kafka broker in a process of its own: one node, KRaft, share groups on. What it
/// acknowledged is in its folder, also after a kill.
public final class KafkaBroker implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(8);

  /// How to start one.
  public static final class Builder {
    private @Nullable Path folder;
    private int port;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<Integer, Integer> listeners = new LinkedHashMap<>();
    private List<String> jvm =
        List.of("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private Consumer<String> onLine = line -> {};

    private Builder() {}

    /// Where it keeps its data; it stays after [KafkaBroker#close]. Absent: a temporary folder,
    /// removed on close.
    public Builder folder(Path folder) {
      this.folder = folder;
      return this;
    }

    /// Where it listens on loopback; absent: any free port.
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /// A broker setting: `group.share.min.record.lock.duration.ms`, `1000`.
    public Builder with(String setting, String value) {
      settings.put(setting, value);
      return this;
    }

    /// One more port to listen on, for clients that come through a proxy: they are told the proxy's
    /// port and so never leave it. A proxy is needed before its broker, hence the two ports.
    ///
    /// @param port any free one, the proxy's target
    /// @param advertised where the proxy listens
    public Builder listener(int port, int advertised) {
      listeners.put(port, advertised);
      return this;
    }

    /// The flags of its JVM, instead of a 384 MB heap.
    public Builder jvm(List<String> flags) {
      this.jvm = List.copyOf(flags);
      return this;
    }

    /// Who gets each line it logs.
    public Builder onLine(Consumer<String> onLine) {
      this.onLine = onLine;
      return this;
    }

    /// Starts it and waits until it answers.
    public KafkaBroker start() {
      KafkaBroker broker = launch();
      try {
        broker.awaitReady(READY_WITHIN);
      } catch (AssertionError e) {
        broker.close();
        throw e;
      }
      return broker;
    }

    /// Starts it and does not wait.
    public KafkaBroker launch() {
      return new KafkaBroker(this);
    }
  }

  private final Path folder;
  private final boolean temporary;
  private final int port;
  private final Map<String, String> settings;
  private final Map<Integer, Integer> listeners;
  private final List<String> jvm;
  private final Consumer<String> onLine;
  private Child child;

  private KafkaBroker(Builder builder) {
    Path given = builder.folder;
    temporary = given == null;
    folder = given == null ? Folders.temporary("multipod-kafka") : given;
    port = builder.port == 0 ? Ports.free() : builder.port;
    settings = Map.copyOf(builder.settings);
    listeners = Map.copyOf(builder.listeners);
    jvm = builder.jvm;
    onLine = builder.onLine;
    child = launch(folder, port, listeners, settings, jvm, onLine);
  }

  public static Builder builder() {
    return new Builder();
  }

  /// On a free port, with a temporary folder.
  public static KafkaBroker start() {
    return builder().start();
  }

  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  public long pid() {
    return child.pid();
  }

  public Child child() {
    return child;
  }

  /// `kill -9`.
  public void kill() {
    child.kill();
  }

  /// Starts it again on the same port and data, and waits until it answers.
  public void restart() {
    child.close();
    child = launch(folder, port, listeners, settings, jvm, onLine);
    awaitReady(READY_WITHIN);
  }

  /// SIGSTOP.
  public void pause() {
    child.pause();
  }

  /// SIGCONT.
  public void resume() {
    child.resume();
  }

  /// A client for administration; the caller closes it.
  public Admin admin() {
    Properties properties = new Properties();
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
    properties.put(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, "20");
    properties.put(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "100");
    return Admin.create(properties);
  }

  /// Waits until it describes its cluster.
  public void awaitReady(Duration within) {
    // A client only once the port is open: it would log each failed attempt.
    Await.until(this::story, within, () -> dead() || !Ports.isFree(port));
    try (Admin admin = admin()) {
      Await.until(
          this::story, within, () -> dead() || !admin.describeCluster().nodes().get().isEmpty());
    }
    if (!child.isAlive()) {
      throw new AssertionError(story());
    }
  }

  private boolean dead() {
    return !child.isAlive();
  }

  private String story() {
    return "a Kafka broker on port "
        + port
        + (child.isAlive() ? " answers" : " stays alive")
        + "; it said:\n"
        + String.join("\n", child.log());
  }

  /// Stops it; a temporary folder is removed.
  @Override
  public void close() {
    if (temporary) {
      child.close();
      Folders.remove(folder);
    } else {
      child.stop(STOP_WITHIN);
    }
  }

  private static Child launch(
      Path folder,
      int port,
      Map<Integer, Integer> listeners,
      Map<String, String> settings,
      List<String> jvm,
      Consumer<String> onLine) {
    Path home = Checkout.root().resolve("deploy/kafka-broker");
    Path lib = home.resolve("target/lib");
    if (!Files.isDirectory(lib)) {
      throw new IllegalStateException(
          "no " + lib + ": build deploy/kafka-broker first (mvn … -am)");
    }
    try {
      Files.createDirectories(folder);
      Path properties = folder.resolve("server.properties");
      Files.writeString(properties, properties(folder.resolve("data"), port, listeners, settings));
      List<String> command = new ArrayList<>();
      command.add(Checkout.java());
      command.addAll(jvm);
      command.addAll(
          List.of(
              "-Dlog4j2.configurationFile=" + home.resolve("log4j2.properties").toUri(),
              "-cp",
              Checkout.codeLocation(KafkaBroker.class) + java.io.File.pathSeparator + lib + "/*",
              KafkaBrokerMain.class.getName(),
              properties.toString(),
              clusterId(folder)));
      return Child.start("kafka", command, Map.of(), folder, onLine);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String clusterId(Path folder) throws IOException {
    Path file = folder.resolve("cluster-id");
    if (!Files.exists(file)) {
      Path half = Files.writeString(folder.resolve("cluster-id.new"), Uuid.randomUuid().toString());
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return Files.readString(file);
  }

  private static String properties(
      Path data, int port, Map<Integer, Integer> listeners, Map<String, String> settings) {
    int controller = Ports.free();
    StringBuilder listening = new StringBuilder();
    StringBuilder advertised = new StringBuilder("PLAINTEXT://127.0.0.1:" + port);
    StringBuilder protocols = new StringBuilder("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    listeners.forEach(
        (own, proxy) -> {
          listening.append(",P%d://127.0.0.1:%d".formatted(own, own));
          advertised.append(",P%d://127.0.0.1:%d".formatted(own, proxy));
          protocols.append(",P%d:PLAINTEXT".formatted(own));
        });
    Map<String, String> all = new LinkedHashMap<>();
    all.put("process.roles", "broker,controller");
    all.put("node.id", "1");
    all.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    all.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d%s"
            .formatted(port, controller, listening));
    all.put("advertised.listeners", advertised.toString());
    all.put("listener.security.protocol.map", protocols.toString());
    all.put("controller.listener.names", "CONTROLLER");
    all.put("log.dirs", data.toString());
    all.put("auto.create.topics.enable", "false");
    all.put("num.partitions", "1");
    all.put("offsets.topic.num.partitions", "1");
    all.put("offsets.topic.replication.factor", "1");
    all.put("transaction.state.log.num.partitions", "1");
    all.put("transaction.state.log.replication.factor", "1");
    all.put("transaction.state.log.min.isr", "1");
    all.put("share.coordinator.state.topic.num.partitions", "1");
    all.put("share.coordinator.state.topic.replication.factor", "1");
    all.put("share.coordinator.state.topic.min.isr", "1");
    // The most that Kafka allows: beyond it a record is dropped without a word.
    all.put("group.share.delivery.count.limit", "10");
    all.put("group.initial.rebalance.delay.ms", "0");
    // A killed broker's successor is refused until the old session ends.
    all.put("broker.session.timeout.ms", "4000");
    all.put("broker.heartbeat.interval.ms", "500");
    // A single node has nobody to hand over to, and need not wait for it.
    all.put("controlled.shutdown.enable", "false");
    all.put("log.cleaner.dedupe.buffer.size", "8388608");
    all.putAll(settings);
    return all.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue().replace("\\", "\\\\"))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
