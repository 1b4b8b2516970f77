package dev.multipod.producer;

import dev.multipod.kit.wait.Signal;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// A share that Kafka gave to this replica: one term after the other, until it is taken away. A
/// thread of its own, since Kafka's clients block.
final class Share {
  /// Begins a term; fails while the broker is away.
  interface Opening {
    Term open(int number) throws Exception;
  }

  private static final Logger LOG = Logger.getLogger(Share.class);
  private static final long RETRY_MILLIS = 500;

  private final int number;
  private final Opening opening;
  private final Signal changed;
  private final CountDownLatch left = new CountDownLatch(1);
  private volatile Optional<Term> term = Optional.empty();

  Share(int number, Opening opening, Signal changed) {
    this.number = number;
    this.opening = opening;
    this.changed = changed;
  }

  Optional<Term> term() {
    return term;
  }

  void start() {
    Thread.ofPlatform().daemon().name("share-" + number).start(this::run);
  }

  /// Returns at once; the term admits nothing more.
  void leave() {
    left.countDown();
    term.ifPresent(Term::end);
  }

  private void run() {
    try {
      while (left.getCount() > 0) {
        serve();
        left.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() throws InterruptedException {
    try (Term begun = opening.open(number)) {
      term = Optional.of(begun);
      changed.raise();
      while (left.getCount() > 0 && begun.work()) {
        // The work is the loop.
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      LOG.warnf("event=term-failed share=%d cause=%s", number, e);
    } finally {
      term = Optional.empty();
      changed.raise();
    }
  }
}
