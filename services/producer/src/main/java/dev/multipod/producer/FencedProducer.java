package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The only producer that the broker takes a share's items from: making one bumps the epoch of the
/// share's transactional id, and from then on the broker refuses whatever an earlier one still
/// sends.
///
/// The transaction is there for the epoch alone and stays open for minutes. Share groups read
/// uncommitted, so an item is visible when it is acknowledged, whatever becomes of the transaction.
/// Its end leaves one control record, a *marker*, in each queue that it touched.
final class FencedProducer implements AutoCloseable {
  /// What is put with one call goes to the broker in parts of this size, twice what Kafka does by
  /// itself: a part costs the broker and this replica as much as a hundred items. Each queue that
  /// is put to has some of them, and the client keeps them.
  private static final int BATCH_BYTES = 32 * 1024;

  /// A replica may own all shares, and has one of these for each.
  private static final long BUFFER_BYTES = 4L * Topics.RECORD_BYTES;

  private final KafkaProducer<byte[], byte[]> producer;
  private final ReentrantReadWriteLock transaction = new ReentrantReadWriteLock();
  // Of this transaction: each topic and the offset of its last item that is at the broker.
  private final Map<String, Long> touched = new ConcurrentHashMap<>();
  private final Duration age;
  private long begun;

  /// Fences every earlier one.
  FencedProducer(Broker broker, ProducerSettings settings, int share) {
    int send = Math.toIntExact(settings.sendTimeout().toMillis());
    this.age = settings.transaction();
    this.producer =
        new KafkaProducer<>(
            broker.client(
                Map.of(
                    "transactional.id",
                    "multipod.producer." + share,
                    "transaction.timeout.ms",
                    Math.toIntExact(timeout(age).toMillis()),
                    "acks",
                    "all",
                    "linger.ms",
                    0,
                    "batch.size",
                    BATCH_BYTES,
                    "max.request.size",
                    Topics.RECORD_BYTES,
                    "buffer.memory",
                    BUFFER_BYTES,
                    "delivery.timeout.ms",
                    send,
                    "request.timeout.ms",
                    Math.max(1, send * 3 / 5),
                    "max.block.ms",
                    send)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    boolean open = false;
    try {
      producer.initTransactions();
      begin();
      open = true;
    } finally {
      if (!open) {
        close();
      }
    }
  }

  /// When the broker would end a transaction that is to be ended at some age.
  static Duration timeout(Duration age) {
    return age.multipliedBy(5).dividedBy(4);
  }

  /// Why an item was not sent: its queue takes none any more.
  static final class Closed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Closed() {
      super("the queue is closed", null, false, false);
    }
  }

  /// What became of an item that was sent.
  interface Sent {
    /// The item is at the broker.
    void at(long offset);

    /// The broker refused it or did not say, or its queue is [Closed].
    void failed(Exception failure);
  }

  /// Sends an item.
  ///
  /// @param closed whether its queue takes none any more
  /// @param sent is told by any thread; of a failure it may be told again
  void send(ProducerRecord<byte[], byte[]> item, BooleanSupplier closed, Sent sent) {
    transaction.readLock().lock();
    try {
      if (closed.getAsBoolean()) {
        sent.failed(new Closed());
        return;
      }
      Future<RecordMetadata> _ =
          producer.send(
              item,
              (at, failure) -> {
                if (failure == null) {
                  touched.merge(item.topic(), at.offset(), Math::max);
                  sent.at(at.offset());
                } else {
                  sent.failed(failure);
                }
              });
    } catch (RuntimeException e) {
      sent.failed(e);
    } finally {
      transaction.readLock().unlock();
    }
  }

  /// Everything that was sent before this call is at the broker when it returns.
  void flush() {
    producer.flush();
  }

  /// Does something while nothing is on its way to the broker, and nothing can be sent.
  void quietly(Quiet action) throws InterruptedException, ExecutionException {
    transaction.writeLock().lock();
    try {
      producer.flush();
      action.run();
    } finally {
      transaction.writeLock().unlock();
    }
  }

  /// What is done while nothing is sent.
  interface Quiet {
    void run() throws InterruptedException, ExecutionException;
  }

  /// Ends a transaction that is old enough and begins the next.
  ///
  /// @return the topics that get a marker, and the offset of the last item before it: the broker
  ///   writes markers a moment after it has confirmed the end
  Map<String, Long> renewIfOld() {
    if (System.nanoTime() - begun < age.toNanos()) {
      return Map.of();
    }
    transaction.writeLock().lock();
    try {
      producer.commitTransaction();
      Map<String, Long> marked = Map.copyOf(touched);
      touched.clear();
      begin();
      return marked;
    } finally {
      transaction.writeLock().unlock();
    }
  }

  /// Whether a failure says that a later owner is there.
  static boolean isFenced(Throwable failure) {
    return failure instanceof ProducerFencedException
        || failure instanceof InvalidProducerEpochException;
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }

  private void begin() {
    producer.beginTransaction();
    begun = System.nanoTime();
  }
}
