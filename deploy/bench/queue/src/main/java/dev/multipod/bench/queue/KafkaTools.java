package dev.multipod.bench.queue;

import dev.multipod.testkit.KafkaBroker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/// Kafka's own producer and a bare share consumer, each in a process of its own, warm before it is
/// measured.
final class KafkaTools {
  private static final int WARM_UP = 300_000;
  private static final Pattern RATE = Pattern.compile("([0-9.]+) records/sec");

  private final KafkaBroker broker;
  private final int records;

  /// @param records how many are measured
  KafkaTools(KafkaBroker broker, int records) {
    this.broker = broker;
    this.records = records;
  }

  /// A topic with one partition, and a share group for it that begins at its beginning.
  void create(String topic) throws InterruptedException, ExecutionException {
    try (Admin admin = broker.admin()) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.GROUP, topic),
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("share.auto.offset.reset", "earliest"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }

  /// kafka-producer-perf-test with `acks=all`, records a second after its warm-up.
  double put(String topic) throws IOException, InterruptedException {
    return rate(
        "org.apache.kafka.tools.ProducerPerformance",
        "--topic",
        topic,
        "--bootstrap-server",
        broker.bootstrapServers(),
        "--command-property",
        "acks=all",
        "--num-records",
        String.valueOf(WARM_UP + records),
        "--warmup-records",
        String.valueOf(WARM_UP),
        "--record-size",
        String.valueOf(Load.ITEM_BYTES),
        "--throughput",
        "-1");
  }

  /// What [#put] put, got by one share consumer in explicit mode that commits each batch.
  double get(String topic) throws IOException, InterruptedException {
    return rate(
        BareConsumer.class.getName(),
        broker.bootstrapServers(),
        topic,
        String.valueOf(WARM_UP),
        String.valueOf(records));
  }

  private static double rate(String main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of("-Xmx256m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
    command.add(main);
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = String.join("\n", process.inputReader().lines().toList());
    process.waitFor();
    Optional<MatchResult> last = RATE.matcher(said).results().reduce((_, next) -> next);
    return Double.parseDouble(
        last.orElseThrow(() -> new IllegalStateException(main + " said:\n" + said)).group(1));
  }
}
