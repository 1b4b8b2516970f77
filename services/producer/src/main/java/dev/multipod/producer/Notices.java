package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/// What a term hears from the broker: the taken notices of its share, how far its queues are
/// finished, and new queues. One thread, the term's.
final class Notices implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Notices.class);
  private static final Duration LISTEN = Duration.ofMillis(50);
  private static final Duration RECONCILE = Duration.ofSeconds(1);
  private static final Duration TRIM = Duration.ofSeconds(30);
  private static final int AT_ONCE = 8;
  private static final Duration ANSWER = Duration.ofMillis(5);

  /// A notice that is still needed: its item may be unfinished.
  private record Kept(long position, Taken taken) {}

  /// A question to the broker that is not answered yet.
  private record Asked(String queue, KafkaFuture<Optional<Lag>> answer, long since) {}

  private record Adoption(QueueDefinition queue, CompletableFuture<Admission> admission) {}

  private final Broker broker;
  private final ProducerSettings settings;
  private final TopicPartition partition;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Deque<Kept> kept = new ArrayDeque<>();
  private final Queue<Adoption> adoptions = new ConcurrentLinkedQueue<>();
  private final Queue<String> due = new ArrayDeque<>();
  private Optional<Asked> asked = Optional.empty();
  private final Map<String, Lag> lags = new HashMap<>();
  private long reconciled = System.nanoTime();
  private long trimmed = System.nanoTime();

  /// Reads all notices there are.
  Notices(Broker broker, ProducerSettings settings, int share) {
    this.broker = broker;
    this.settings = settings;
    this.partition = new TopicPartition(Topics.TAKEN, share);
    this.consumer =
        new KafkaConsumer<>(
            broker.client(
                Map.of("auto.offset.reset", "earliest", "allow.auto.create.topics", "false")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    boolean read = false;
    try {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      Duration patience = settings.sendTimeout();
      long end = consumer.endOffsets(List.of(partition), patience).getOrDefault(partition, 0L);
      long deadline = System.nanoTime() + patience.multipliedBy(6).toNanos();
      while (consumer.position(partition, patience) < end) {
        if (System.nanoTime() > deadline) {
          throw Broker.away("the taken notices could not be read");
        }
        listen(Map.of(), LISTEN);
      }
      read = true;
    } finally {
      if (!read) {
        close();
      }
    }
  }

  /// The state of a queue, from the broker.
  Admission admission(QueueDefinition queue) throws InterruptedException, ExecutionException {
    Set<Long> taken = new HashSet<>();
    for (Kept notice : kept) {
      if (notice.taken.queue().equals(queue.name())) {
        taken.add(notice.taken.offset());
      }
    }
    try (AdmissionReader reader = new AdmissionReader(broker, settings)) {
      return reader.read(queue, taken);
    }
  }

  /// Asks for a queue that is new to the term. From any thread.
  CompletableFuture<Admission> adopt(QueueDefinition queue) {
    Adoption adoption = new Adoption(queue, new CompletableFuture<>());
    adoptions.add(adoption);
    return adoption.admission;
  }

  void follow(Map<String, Admission> admissions, ProducerMetrics metrics)
      throws InterruptedException, ExecutionException {
    listen(admissions, LISTEN);
    for (Adoption next = adoptions.poll(); next != null; next = adoptions.poll()) {
      Admission admission = admissions.get(next.queue.name());
      if (admission == null) {
        admission = admission(next.queue);
        admissions.put(next.queue.name(), admission);
        metrics.follow(admission);
      }
      next.admission.complete(admission);
      // Reading a queue takes a while; the notices of the others go on.
      listen(admissions, Duration.ZERO);
    }
    reconcile(admissions, metrics);
  }

  private void listen(Map<String, Admission> admissions, Duration atMost) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(atMost)) {
      Optional<Taken> notice = Taken.read(record);
      if (notice.isPresent()) {
        Taken taken = notice.get();
        kept.add(new Kept(record.offset(), taken));
        Admission admission = admissions.get(taken.queue());
        if (admission != null) {
          admission.backlog().taken(taken.offset());
          // Records are acquired in order: whoever has this one has passed the markers before it.
          admission.markers().removeIf(marker -> marker < taken.offset());
        }
      }
    }
  }

  /// Asks how far the queues are, one after the other, without letting notices wait for a broker
  /// that takes its time to answer.
  private void reconcile(Map<String, Admission> admissions, ProducerMetrics metrics)
      throws InterruptedException {
    if (due.isEmpty() && System.nanoTime() - reconciled > RECONCILE.toNanos()) {
      reconciled = System.nanoTime();
      due.addAll(admissions.keySet());
      if (System.nanoTime() - trimmed > TRIM.toNanos()) {
        trimmed = System.nanoTime();
        trim();
      }
    }
    for (int answers = 0; answers < AT_ONCE; answers++) {
      if (asked.isEmpty() && !due.isEmpty()) {
        String queue = due.remove();
        asked = Optional.of(new Asked(queue, Lag.inBackground(broker, queue), System.nanoTime()));
      }
      if (asked.isEmpty() || !isAnswered(asked.get(), admissions, metrics)) {
        return;
      }
      asked = Optional.empty();
    }
  }

  /// Takes the answer if it is there, or gives the question up. Places that are not freed now are
  /// freed when the broker can tell.
  private boolean isAnswered(
      Asked question, Map<String, Admission> admissions, ProducerMetrics metrics)
      throws InterruptedException {
    Optional<Lag> answer;
    try {
      answer = question.answer.get(ANSWER.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return System.nanoTime() - question.since > settings.sendTimeout().toNanos();
    } catch (ExecutionException e) {
      LOG.debugf("event=lag-unknown queue=%s cause=%s", question.queue, e.getCause());
      return true;
    }
    Admission admission = admissions.get(question.queue);
    if (admission != null && answer.isPresent()) {
      Lag lag = answer.get();
      lags.put(question.queue, lag);
      admission.backlog().finishedBefore(lag.start());
      admission.markers().removeIf(marker -> marker < lag.start());
      metrics.unfinished(question.queue, lag.records());
    }
    return true;
  }

  /// Cuts off what nobody needs any more: notices of finished items, and finished items whose keys
  /// are old.
  private void trim() {
    while (!kept.isEmpty() && isFinished(kept.getFirst().taken)) {
      kept.removeFirst();
    }
    Map<TopicPartition, RecordsToDelete> cuts = new HashMap<>();
    long needed = kept.isEmpty() ? consumer.position(partition) : kept.getFirst().position;
    if (needed > 0) {
      cuts.put(partition, RecordsToDelete.beforeOffset(needed));
    }
    lags.forEach(
        (queue, lag) -> {
          long unneeded = Math.min(lag.start(), lag.start() + lag.records() - settings.keys());
          if (unneeded > 0) {
            cuts.put(Topics.itemsPartition(queue), RecordsToDelete.beforeOffset(unneeded));
          }
        });
    var _ =
        broker
            .background()
            .deleteRecords(cuts)
            .all()
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    LOG.warnf(
                        "event=not-trimmed share=%d cause=%s", partition.partition(), failure);
                  }
                });
  }

  private boolean isFinished(Taken taken) {
    Lag lag = lags.get(taken.queue());
    return lag != null && taken.offset() < lag.start();
  }

  /// A transaction ended: each of its queues has a marker at its end or before.
  void marked(String topic, Map<String, Admission> admissions)
      throws InterruptedException, ExecutionException {
    for (Admission admission : admissions.values()) {
      if (Topics.items(admission.queue().name()).equals(topic)) {
        // Read again where the markers lie; the places are known.
        admission.markers().addAll(admission(admission.queue()).markers());
      }
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofMillis(100)));
  }
}
