package dev.multipod.ticket.sale;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A purchase that waits for its turn; its buyer parks here.
final class Pending {
  private final Purchase purchase;
  private final CompletableFuture<Sale> answer = new CompletableFuture<>();
  private volatile boolean withdrawn;

  Pending(Purchase purchase) {
    this.purchase = purchase;
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

  /// The buyer no longer waits. What is being sold at this moment is sold.
  void withdraw() {
    withdrawn = true;
  }

  boolean withdrawn() {
    return withdrawn;
  }

  /// Parks the buyer.
  ///
  /// @return whether there is an answer
  boolean await(Duration atMost) throws InterruptedException {
    try {
      answer.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    }
  }

  /// The answer, or what it failed with.
  Sale answer() {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
