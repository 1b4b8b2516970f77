package dev.multipod.producer;

import dev.multipod.queue.QueueDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/// Puts dead letters back into their queue, oldest first, as any put does; a letter goes only when
/// its item is in the queue. A redrive that ends in the middle leaves letters whose items are there
/// already: the next one knows them by their keys, and takes them away.
@ApplicationScoped
class Redrive {
  /// What became of a redrive.
  ///
  /// @param redriven how many items the call has put back, those of an earlier try included
  /// @param replayed how many of them an earlier try had put back
  /// @param remaining how many dead letters there are still
  /// @param last `Admitted`, or why it ended before its limit
  record Outcome(int redriven, int replayed, long remaining, PutOutcome last) {}

  private static final int AT_ONCE = 500;
  private static final PutOutcome NOTHING_FAILED = new PutOutcome.Admitted(0, false);

  private final DeadLetters letters;
  private final ProducerMetrics metrics;

  Redrive(DeadLetters letters, ProducerMetrics metrics) {
    this.letters = letters;
    this.metrics = metrics;
  }

  /// @param until after this moment, as [System#nanoTime], no more letters are begun with
  /// @throws dev.multipod.kit.problem.Problem 422 `idempotency-key-reused`, 503 `broker-away`
  Outcome run(Term term, QueueDefinition queue, Redrives.Call call, Patience patience, long until)
      throws InterruptedException, ExecutionException, TermOver {
    Admission admission = term.admission(queue);
    int replayed = admission.redrives().by(call);
    int redriven = replayed;
    DeadLetters.Page page = letters.read(queue, 0, AT_ONCE);
    // Not those that die while this goes on: it ends.
    long end = page.end();
    PutOutcome last = NOTHING_FAILED;
    while (last instanceof PutOutcome.Admitted && System.nanoTime() < until) {
      List<DeadLetter> some = next(page, end, admission.keys(), call.limit() - redriven);
      if (some.isEmpty()) {
        break;
      }
      List<Item> items = some.stream().map(letter -> letter.again(call)).toList();
      List<PutOutcome> outcomes = term.putAll(queue, items, patience);
      int put = 0;
      for (PutOutcome outcome : outcomes) {
        last = outcome;
        if (outcome instanceof PutOutcome.Admitted(long _, boolean earlier)) {
          put++;
          redriven += earlier ? 0 : 1;
        }
      }
      if (put > 0) {
        letters.remove(queue, some.get(put - 1).position() + 1);
      }
      page = letters.read(queue, 0, AT_ONCE);
    }
    metrics.redriven(queue.name(), redriven - replayed);
    return new Outcome(redriven, replayed, page.total(), last);
  }

  /// As many as are still to be put back, and those between them that are in the queue already.
  private static List<DeadLetter> next(DeadLetters.Page page, long end, Keys keys, int left) {
    List<DeadLetter> some = new ArrayList<>();
    int fresh = 0;
    for (DeadLetter letter : page.letters()) {
      fresh += keys.knows(Print.of(letter.key().value())) ? 0 : 1;
      if (letter.position() >= end || fresh > left) {
        break;
      }
      some.add(letter);
    }
    return some;
  }
}
