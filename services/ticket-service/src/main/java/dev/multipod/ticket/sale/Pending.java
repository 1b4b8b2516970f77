package dev.multipod.ticket.sale;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// A purchase that waits for its turn; its buyer parks here.
final class Pending {
  private final Purchase purchase;
  private final long deadline;
  private final CompletableFuture<Sale> answer = new CompletableFuture<>();

  /// A purchase.
  ///
  /// @param deadline until when it waits, by `System.nanoTime`
  Pending(Purchase purchase, long deadline) {
    this.purchase = purchase;
    this.deadline = deadline;
  }

  Purchase purchase() {
    return purchase;
  }

  void answer(Sale sale) {
    answer.complete(sale);
  }

  void fail(RuntimeException failure) {
    answer.completeExceptionally(failure);
  }

  boolean isLate() {
    return System.nanoTime() - deadline >= 0;
  }

  /// Whether its buyer no longer waits. What is being sold at this moment is sold.
  boolean withdrawn() {
    return answer.isDone();
  }

  /// Parks the buyer until there is an answer. It has no timer of its own: a timer for each of many
  /// buyers costs more than their sales.
  ///
  /// @return the answer; throws what it failed with
  Sale await() throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new CompletionException(e.getCause());
    }
  }
}
