package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.DeletedQueue;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;

/// Deletes a queue, in an order that leaves nothing half usable: the definition first, with one
/// write, and from then on nobody puts or gets; then what the queue has in Kafka, of which the same
/// write keeps the record until it is gone ([Remains]). Every step may be repeated.
@ApplicationScoped
class Deletion {
  private final Definitions definitions;
  private final Directory directory;
  private final Remains remains;
  private final Unfinished unfinished;
  private final DeadLetters letters;

  Deletion(
      Definitions definitions,
      Directory directory,
      Remains remains,
      Unfinished unfinished,
      DeadLetters letters) {
    this.definitions = definitions;
    this.directory = directory;
    this.remains = remains;
    this.unfinished = unfinished;
    this.letters = letters;
  }

  /// The generation of the queue that is there now, or of the last one that was.
  ///
  /// @throws Problem 404 `queue-unknown` when there never was one, as far as is remembered
  int latest(String name) throws InterruptedException {
    directory.catchUp();
    Optional<QueueDefinition> queue = directory.find(name);
    return queue.isPresent()
        ? queue.get().generation()
        : directory.deleted(name).stream()
            .mapToInt(each -> each.queue().generation())
            .max()
            .orElseThrow(() -> Directory.unknown(name));
  }

  /// By the owner of the queue's share. Without an effect when the queue was deleted before.
  ///
  /// @param ifEmpty whether a queue with anything in it is kept
  /// @throws Problem 409 `queue-not-empty`
  void delete(Term term, String name, int generation, boolean ifEmpty)
      throws InterruptedException, ExecutionException, TermOver {
    definitions.change(
        name,
        writer -> {
          Optional<QueueDefinition> queue =
              directory.find(name).filter(each -> each.generation() == generation);
          if (queue.isPresent() && ifEmpty) {
            undefineEmpty(term, term.admission(queue.get()), writer);
          } else if (queue.isPresent()) {
            undefine(queue.get(), writer);
          }
          return queue;
        });
    for (DeletedQueue each : directory.deleted(name)) {
      if (!each.clean()) {
        remove(term, each);
      }
    }
  }

  /// The queue is deleted by now: a broker that is away meanwhile changes nothing of that.
  private void remove(Term term, DeletedQueue deleted)
      throws InterruptedException, ExecutionException, TermOver {
    try {
      remains.remove(term, deleted);
    } catch (Problem away) {
      throw new TermOver("while what the queue left was taken away: " + Trouble.explain(away));
    }
  }

  private static void undefine(QueueDefinition queue, Definitions.Writer writer)
      throws InterruptedException, ExecutionException {
    writer.undefine(queue).remember(new DeletedQueue(queue, Instant.now(), false)).commit();
  }

  private void undefineEmpty(Term term, Admission admission, Definitions.Writer writer)
      throws InterruptedException, ExecutionException {
    // Once before nothing can be put, since it may have to wait for the broker.
    requireEmpty(admission);
    term.quietly(
        () -> {
          requireEmpty(admission);
          undefine(admission.queue(), writer);
          admission.backlog().end();
        });
  }

  private void requireEmpty(Admission admission) throws InterruptedException {
    OptionalLong items = unfinished.of(admission);
    if (items.isEmpty()) {
      throw Broker.away("it cannot tell how many items are unfinished");
    }
    // Without an item in anybody's hands no more letters come.
    long dead = letters.read(admission.queue(), 0, 1).total();
    if (items.getAsLong() > 0 || dead > 0) {
      throw Problem.of(
              409,
              "queue-not-empty",
              "The queue is not empty",
              "%d items are unfinished, and there are %d dead letters. Finish them, or DELETE"
                      .formatted(items.getAsLong(), dead)
                  + " without if-empty.")
          .with("unfinished", items.getAsLong())
          .with("deadLetters", dead);
    }
  }
}
