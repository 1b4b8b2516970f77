package dev.multipod.echo;

import dev.multipod.kit.peers.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One burst: a virtual thread and a socket for each client. It ends when all is answered, when its
/// time is over, or when it is cancelled; no socket outlives it.
final class LoadRun {
  private final LoadRequest request;
  private final ClientSettings settings;
  private final Dialer dialer;
  private final List<Peer> replicas;
  private final byte[] message;
  private final byte[] expected;
  private final LongAdder[] answeredBy;
  private final LongAdder failed = new LongAdder();
  private final long[] micros;
  private final AtomicInteger answered = new AtomicInteger();
  private final CountDownLatch clientsLeft;
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean stopped;

  LoadRun(LoadRequest request, ClientSettings settings, Dialer dialer, List<Peer> replicas) {
    this.request = request;
    this.settings = settings;
    this.dialer = dialer;
    this.replicas = replicas;
    this.message = new byte[request.size()];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) ('a' + i % 26);
    }
    this.expected = Upper.copyOf(message);
    this.answeredBy = new LongAdder[replicas.size()];
    Arrays.setAll(answeredBy, _ -> new LongAdder());
    this.micros = new long[request.clients() * request.messages()];
    this.clientsLeft = new CountDownLatch(request.clients());
  }

  /// Runs to the end, reporting progress as set and the summary last. Blocking.
  void run(Consumer<LoadLine> report) throws InterruptedException {
    long began = System.nanoTime();
    long deadline = began + settings.load().maxDuration().toNanos();
    boolean complete;
    try {
      for (int client = 0; client < request.clients(); client++) {
        int replica = client % replicas.size();
        var _ = clients.submit(() -> client(replica));
      }
      long pause = settings.load().progress().toNanos();
      while (true) {
        long wait = Math.min(pause, deadline - System.nanoTime());
        complete = clientsLeft.await(wait, TimeUnit.NANOSECONDS);
        if (complete || stopped || System.nanoTime() >= deadline) {
          break;
        }
        report.accept(new LoadLine.Progress(millisSince(began), answered.get(), failed.sum()));
      }
    } finally {
      cancel();
    }
    report.accept(summary(complete, System.nanoTime() - began));
  }

  /// Ends the run now: every client is interrupted, which closes its socket.
  void cancel() {
    stopped = true;
    clients.shutdownNow();
  }

  private void client(int replica) {
    Peer peer = replicas.get(replica);
    Duration timeout = settings.replyTimeout().multipliedBy(2);
    @Nullable Conversation conversation = null;
    try {
      for (int i = 0; i < request.messages() && !stopped; i++) {
        try {
          if (conversation == null) {
            conversation = dialer.dial(peer, timeout);
          }
          long sent = System.nanoTime();
          byte[] reply = conversation.exchange(message);
          long took = System.nanoTime() - sent;
          if (!Arrays.equals(reply, expected)) {
            throw new IOException("the reply is not the message in upper case");
          }
          micros[answered.getAndIncrement()] = took / 1000;
          answeredBy[replica].increment();
        } catch (IOException e) {
          if (!stopped) {
            failed.increment();
          }
          // A late reply must not be taken for the next message's.
          if (conversation != null) {
            conversation.close();
            conversation = null;
          }
        }
      }
    } finally {
      if (conversation != null) {
        conversation.close();
      }
      clientsLeft.countDown();
    }
  }

  private LoadLine.Summary summary(boolean complete, long nanos) {
    int count = answered.get();
    long[] sorted = Arrays.copyOf(micros, count);
    Arrays.sort(sorted);
    SortedMap<String, Long> byReplica = new TreeMap<>();
    for (int i = 0; i < answeredBy.length; i++) {
      byReplica.merge(replicas.get(i).name(), answeredBy[i].sum(), Long::sum);
    }
    return new LoadLine.Summary(
        complete,
        nanos / 1_000_000,
        count,
        failed.sum(),
        Math.round(count * 1e9 / Math.max(1, nanos)),
        percentile(sorted, 50),
        percentile(sorted, 99),
        byReplica);
  }

  private static long percentile(long[] sorted, int percent) {
    return sorted.length == 0 ? 0 : sorted[Math.ceilDiv(sorted.length * percent, 100) - 1];
  }

  private static long millisSince(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }
}
