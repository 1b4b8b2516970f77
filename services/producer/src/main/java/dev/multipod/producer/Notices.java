package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Directory;
import dev.multipod.queue.Lag;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Taken;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
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
  private static final int MOST_TOGETHER = 1_000;
  private static final Duration ANSWER = Duration.ofMillis(5);

  /// Notices of items that follow each other, which are still needed: the items may be unfinished.
  /// One for each notice would be too much, where leases of many items end in a moment.
  ///
  /// @param position of the first of them
  private record Kept(long position, Taken first, long last) {
    boolean isFollowedBy(Taken taken) {
      return taken.first() == last + 1
          && taken.last() - first.first() < MOST_TOGETHER
          && taken.place().equals(first.place());
    }
  }

  /// A question to the broker that is not answered yet.
  private record Asked(QueueDefinition queue, KafkaFuture<Optional<Lag>> answer, long since) {}

  private record Adoption(
      QueueDefinition queue, CompletableFuture<Optional<Admission>> admission) {}

  private final Broker broker;
  private final Directory directory;
  private final ProducerSettings settings;
  private final TopicPartition partition;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Deque<Kept> kept = new ArrayDeque<>();
  private final Queue<Adoption> adoptions = new ConcurrentLinkedQueue<>();
  private final Queue<QueueDefinition> due = new ArrayDeque<>();
  private Optional<Asked> asked = Optional.empty();
  private final Map<String, Lag> lags = new HashMap<>();
  private long reconciled = System.nanoTime();
  private long trimmed = System.nanoTime();

  /// Reads all notices there are.
  Notices(Broker broker, Directory directory, ProducerSettings settings, int share) {
    this.broker = broker;
    this.directory = directory;
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
    Offsets taken = new Offsets();
    for (Kept notices : kept) {
      if (notices.first.place().equals(queue.place())) {
        for (long offset = notices.first.first(); offset <= notices.last; offset++) {
          taken.add(offset);
        }
      }
    }
    try (AdmissionReader reader = new AdmissionReader(broker, settings)) {
      return reader.read(queue, taken);
    }
  }

  /// Asks for a queue that is new to the term; empty when it is not there any more. From any
  /// thread.
  CompletableFuture<Optional<Admission>> adopt(QueueDefinition queue) {
    Adoption adoption = new Adoption(queue, new CompletableFuture<>());
    adoptions.add(adoption);
    return adoption.admission;
  }

  void follow(Map<String, Admission> admissions, ProducerMetrics metrics)
      throws InterruptedException, ExecutionException {
    listen(admissions, LISTEN);
    for (Adoption next = adoptions.poll(); next != null; next = adoptions.poll()) {
      if (!directory.isCurrent(next.queue)) {
        next.admission.complete(Optional.empty());
        continue;
      }
      Admission admission = admissions.get(next.queue.place());
      if (admission == null) {
        admission = admission(next.queue);
        admissions.put(next.queue.place(), admission);
        metrics.follow(admission);
      }
      next.admission.complete(Optional.of(admission));
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
        keep(record.offset(), taken);
        Admission admission = admissions.get(taken.place());
        if (admission != null) {
          admission.backlog().taken(taken.first(), taken.last());
          // Records are acquired in order: whoever has these has passed the markers before them.
          admission.markers().removeIf(marker -> marker < taken.last());
        }
      }
    }
  }

  private void keep(long position, Taken taken) {
    Kept latest = kept.peekLast();
    if (latest != null && latest.isFollowedBy(taken)) {
      kept.removeLast();
      kept.add(new Kept(latest.position, latest.first, taken.last()));
    } else {
      kept.add(new Kept(position, taken, taken.last()));
    }
  }

  /// Asks how far the queues are, one after the other, without letting notices wait for a broker
  /// that takes its time to answer.
  private void reconcile(Map<String, Admission> admissions, ProducerMetrics metrics)
      throws InterruptedException {
    if (due.isEmpty() && System.nanoTime() - reconciled > RECONCILE.toNanos()) {
      reconciled = System.nanoTime();
      admissions.values().forEach(admission -> due.add(admission.queue()));
      if (System.nanoTime() - trimmed > TRIM.toNanos()) {
        trimmed = System.nanoTime();
        trim(admissions);
      }
    }
    for (int answers = 0; answers < AT_ONCE; answers++) {
      if (asked.isEmpty() && !due.isEmpty()) {
        QueueDefinition queue = due.remove();
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
      LOG.debugf("event=lag-unknown queue=%s cause=%s", question.queue.name(), e.getCause());
      return true;
    }
    Admission admission = admissions.get(question.queue.place());
    if (admission != null && answer.isPresent()) {
      Lag lag = answer.get();
      lags.put(question.queue.place(), lag);
      admission.backlog().finishedBefore(lag.start());
      admission.markers().removeIf(marker -> marker < lag.start());
      metrics.unfinished(question.queue.name(), Unfinished.items(admission, lag));
    }
    return true;
  }

  /// Cuts off what nobody needs any more: notices of finished items, and finished items whose keys
  /// are old.
  private void trim(Map<String, Admission> admissions) {
    while (!kept.isEmpty() && isFinished(kept.getFirst())) {
      kept.removeFirst();
    }
    Map<TopicPartition, RecordsToDelete> cuts = new HashMap<>();
    long needed = kept.isEmpty() ? consumer.position(partition) : kept.getFirst().position;
    if (needed > 0) {
      cuts.put(partition, RecordsToDelete.beforeOffset(needed));
    }
    for (Admission admission : admissions.values()) {
      Lag lag = lags.get(admission.queue().place());
      if (lag != null) {
        long unneeded = Math.min(lag.start(), lag.start() + lag.records() - settings.keys());
        if (unneeded > 0) {
          TopicPartition items = Topics.itemsPartition(admission.queue());
          cuts.put(items, RecordsToDelete.beforeOffset(unneeded));
        }
      }
    }
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

  private boolean isFinished(Kept notices) {
    Lag lag = lags.get(notices.first.place());
    return lag == null ? isOfDeleted(notices.first) : notices.last < lag.start();
  }

  private boolean isOfDeleted(Taken taken) {
    return directory
        .find(taken.queue())
        .map(queue -> !queue.place().equals(taken.place()))
        .orElse(true);
  }

  /// Nothing more is heard of a queue that was deleted.
  void forget(QueueDefinition queue) {
    lags.remove(queue.place());
    due.remove(queue);
    asked = asked.filter(question -> !question.queue.equals(queue));
    kept.removeIf(notices -> notices.first.place().equals(queue.place()));
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofMillis(100)));
  }
}
