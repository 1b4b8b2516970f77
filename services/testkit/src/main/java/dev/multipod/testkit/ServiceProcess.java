package dev.multipod.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A built service as a process of its own, on free loopback ports; start several for replicas.
public final class ServiceProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  /// How to start one.
  public static final class Builder {
    private final String service;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> jvm = new ArrayList<>(List.of("-Xmx256m", "-XX:+UseSerialGC"));
    private @Nullable Path jar;
    private int replica = 1;

    private Builder(String service) {
      this.service = service;
    }

    /// Its name becomes `<service>-<number>`.
    public Builder replica(int number) {
      this.replica = number;
      return this;
    }

    /// A variable of its environment: `MULTIPOD_WAIT_MAX`, `5s`.
    public Builder with(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    /// More flags for its JVM.
    public Builder jvm(String... flags) {
      jvm.addAll(List.of(flags));
      return this;
    }

    /// Another jar than `services/<service>/target/quarkus-app/quarkus-run.jar`.
    public Builder jar(Path path) {
      this.jar = path;
      return this;
    }

    /// `QUARKUS_DATASOURCE_…`.
    public Builder with(PostgresServer server) {
      return with("QUARKUS_DATASOURCE_JDBC_URL", server.jdbcUrl())
          .with("QUARKUS_DATASOURCE_USERNAME", server.user())
          .with("QUARKUS_DATASOURCE_PASSWORD", server.password());
    }

    /// `KAFKA_BOOTSTRAP_SERVERS`.
    public Builder with(KafkaBroker broker) {
      return with("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
    }

    /// Starts it and waits until it is ready.
    public ServiceProcess start() {
      ServiceProcess process = launch();
      try {
        process.awaitReady(READY_WITHIN);
      } catch (AssertionError e) {
        process.close();
        throw e;
      }
      return process;
    }

    /// Starts it and does not wait.
    public ServiceProcess launch() {
      return new ServiceProcess(this);
    }
  }

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final int port = Ports.free();
  private final int managementPort = Ports.free();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private Child child;

  private ServiceProcess(Builder builder) {
    name = builder.service + "-" + builder.replica;
    Path given = builder.jar;
    Path jar =
        given != null
            ? given
            : Checkout.root()
                .resolve(
                    "services/%s/target/quarkus-app/quarkus-run.jar".formatted(builder.service));
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException("no " + jar + ": package the service first");
    }
    command = new ArrayList<>();
    command.add(Checkout.java());
    command.addAll(builder.jvm);
    command.addAll(List.of("-jar", jar.toString()));
    environment = new LinkedHashMap<>();
    environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
    environment.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
    environment.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
    environment.put("MULTIPOD_REPLICA", name);
    environment.putAll(builder.environment);
    child = run();
  }

  public static Builder of(String service) {
    return new Builder(service);
  }

  /// `tcp-echo-1`.
  public String name() {
    return name;
  }

  /// `http://127.0.0.1:<port>`, without a slash at the end.
  public URI base() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// Where health and metrics are.
  public URI management() {
    return URI.create("http://127.0.0.1:" + managementPort);
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

  public List<String> log() {
    return child.log();
  }

  /// SIGKILL.
  public void kill() {
    child.kill();
  }

  /// SIGTERM; after the grace, SIGKILL.
  ///
  /// @return whether it went by itself
  public boolean stop(Duration grace) {
    return child.stop(grace);
  }

  /// SIGSTOP.
  public void pause() {
    child.pause();
  }

  /// SIGCONT.
  public void resume() {
    child.resume();
  }

  /// Starts it again with the same name and ports, and waits until it is ready.
  public void restart() {
    child.close();
    child = run();
    awaitReady(READY_WITHIN);
  }

  /// Whether `/q/health/ready` says UP now.
  public boolean ready() {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(management().resolve("/q/health/ready"))
              .timeout(Duration.ofSeconds(5))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Waits until it is ready.
  public void awaitReady(Duration within) {
    Await.until(this::story, within, () -> !child.isAlive() || ready());
    if (!child.isAlive()) {
      throw new AssertionError(story());
    }
  }

  @Override
  public void close() {
    child.close();
    http.close();
  }

  private String story() {
    return name
        + (child.isAlive() ? " becomes ready" : " stays alive")
        + "; it said:\n"
        + String.join("\n", child.log());
  }

  private Child run() {
    return Child.start(name, command, environment, Checkout.root(), line -> {});
  }
}
