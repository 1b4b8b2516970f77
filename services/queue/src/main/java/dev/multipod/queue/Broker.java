package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.RetriableException;
import org.jboss.logging.Logger;

/// The connection to Kafka. It need not be there when the process starts: it is looked for until it
/// is found, checked once ([BrokerCheck], [BrokerDemand]), and then probed, which readiness
/// follows.
@ApplicationScoped
public class Broker {
  /// Before the cause, in the words that a caller gets.
  static final String AWAY = "Nothing was changed. Retry later; the cause was: ";

  private static final Logger LOG = Logger.getLogger(Broker.class);

  private final Map<String, Object> connection;
  private final BrokerSettings settings;
  private final Instance<BrokerDemand> demands;
  private final CompletableFuture<Admin> found = new CompletableFuture<>();
  private final CompletableFuture<Admin> background = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile Optional<String> trouble = Optional.of("not asked yet");

  Broker(
      @Identifier("default-kafka-broker") Map<String, Object> connection,
      KafkaSecurity security,
      BrokerSettings settings,
      @Any Instance<BrokerDemand> demands) {
    this.demands = demands;
    this.connection = security.over(connection);
    this.settings = settings;
  }

  /// What every Kafka client of ours starts from, with some settings more. Its numbers are not
  /// registered as MBeans unless `kafka.metric.reporters` says so: nothing here reads them, and a
  /// replica that opens all its slots at once would do little else for half a minute.
  public Map<String, Object> client(Map<String, ?> more) {
    Map<String, Object> all = new HashMap<>(Map.of("metric.reporters", ""));
    all.putAll(connection);
    all.putAll(more);
    return all;
  }

  /// Why the broker cannot be used now; empty when it can.
  public Optional<String> trouble() {
    return trouble;
  }

  /// Waits until the broker was found and is fit. For background threads.
  public Admin await() throws InterruptedException {
    try {
      return found.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The administration client.
  ///
  /// @throws Problem 503 `broker-away` when the broker was never found
  public Admin admin() {
    Admin admin = found.getNow(null);
    if (admin == null) {
      throw away(trouble.orElse("not found yet"));
    }
    return admin;
  }

  /// Another administration client, for what nobody waits for. The broker answers the questions of
  /// one connection in their order: a caller's would wait behind many of ours.
  ///
  /// @throws Problem 503 `broker-away` when the broker was never found
  public Admin background() {
    admin();
    return background.join();
  }

  /// The answer to a question.
  ///
  /// @throws Problem 503 `broker-away` when there is none in time
  /// @throws ExecutionException when the broker refuses
  public <T> T ask(Future<T> question) throws InterruptedException, ExecutionException {
    try {
      return question.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw away("it did not answer in time");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException retriable) {
        throw away(retriable);
      }
      throw e;
    }
  }

  /// How many partitions a topic has.
  int partitions(Admin admin, String topic) throws InterruptedException, ExecutionException {
    return Objects.requireNonNull(
            ask(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic), topic)
        .partitions()
        .size();
  }

  /// The problem of a broker that cannot be asked.
  public static Problem away(String why) {
    return Problem.of(
            503,
            "broker-away",
            "Kafka cannot be reached",
            AWAY + (why.endsWith(".") ? why : why + "."))
        .retryAfter(Duration.ofSeconds(2));
  }

  /// The problem of a broker that failed or refused.
  public static Problem away(Throwable cause) {
    return away(Trouble.explain(cause));
  }

  void start(@Observes StartupEvent event) {
    Thread.ofVirtual().name("broker").start(this::watch);
  }

  /// Late: whoever uses the broker closes before it does.
  void stop(@Observes @Priority(9000) ShutdownEvent event) {
    closing.countDown();
    Admin admin = found.getNow(null);
    if (admin != null) {
      background.join().close(Duration.ofSeconds(1));
      admin.close(Duration.ofSeconds(1));
    }
  }

  private void watch() {
    try {
      do {
        Optional<String> now = found.isDone() ? probe(found.join()) : find();
        if (!now.equals(trouble)) {
          LOG.infof("event=broker state=%s", now.orElse("ready"));
        }
        trouble = now;
      } while (!closing.await(settings.probe().toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<String> find() throws InterruptedException {
    Admin admin = null;
    try {
      admin = Admin.create(client(Map.of()));
      Optional<String> unfit = unfit(admin);
      if (unfit.isEmpty()) {
        SharedTopics.ensure(this, admin, settings);
        background.complete(Admin.create(client(Map.of())));
        found.complete(admin);
        return Optional.empty();
      }
      admin.close(Duration.ZERO);
      return unfit;
    } catch (ExecutionException | RuntimeException e) {
      if (admin != null) {
        admin.close(Duration.ZERO);
      }
      return Optional.of(Trouble.explain(e));
    }
  }

  private Optional<String> unfit(Admin admin) throws InterruptedException, ExecutionException {
    Optional<String> unfit = BrokerCheck.unfit(this, admin);
    if (unfit.isPresent()) {
      return unfit;
    }
    BrokerConfig brokers = BrokerConfig.read(this, admin);
    return demands.stream().flatMap(demand -> demand.unmet(brokers).stream()).findFirst();
  }

  private Optional<String> probe(Admin admin) throws InterruptedException {
    try {
      ask(admin.describeCluster().nodes());
      return Optional.empty();
    } catch (ExecutionException | RuntimeException e) {
      return Optional.of(Trouble.explain(e));
    }
  }
}
