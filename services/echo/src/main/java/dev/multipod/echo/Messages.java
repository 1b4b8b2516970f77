package dev.multipod.echo;

import dev.multipod.kit.input.Text;
import dev.multipod.kit.peers.Peer;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// The tutorial's client: a fresh socket for each message, to one replica after the other.
@ApplicationScoped
public class Messages {
  private final ClientSettings settings;
  private final Targets targets;
  private final Dialer dialer;

  Messages(ClientSettings settings, Targets targets, Dialer dialer) {
    this.settings = settings;
    this.targets = targets;
    this.dialer = dialer;
  }

  /// Sends a message and returns its reply. Blocking; call it on a virtual thread.
  ///
  /// @throws Problem 400 `not-utf-8`, 413 `message-too-large`; 504 `no-reply` or 502
  ///   `replica-unreachable` when no try was answered
  public MessageReply send(byte[] message) {
    Text.utf8(message);
    requireFits(message.length);
    Duration timeout = settings.replyTimeout();
    for (int retries = 0; ; retries++) {
      Peer replica = targets.next();
      try (Conversation conversation = dialer.dial(replica, timeout)) {
        long sent = System.nanoTime();
        byte[] reply = conversation.exchange(message);
        long micros = (System.nanoTime() - sent) / 1000;
        return new MessageReply(Text.utf8(reply), replica.name(), micros, retries);
      } catch (IOException e) {
        if (retries >= settings.retries()) {
          throw unanswered(replica, retries, e);
        }
        timeout = timeout.multipliedBy(2);
      }
    }
  }

  /// Checks a size in bytes against the limit.
  void requireFits(int size) {
    long limit = settings.maxMessage().asLongValue();
    if (size > limit) {
      throw Problem.of(
              413,
              "message-too-large",
              "The message is too large",
              "Send at most %d bytes (multipod.echo.max-message).".formatted(limit))
          .with("limit", limit);
    }
  }

  private static Problem unanswered(Peer replica, int retries, IOException cause) {
    boolean silent = cause instanceof SocketTimeoutException;
    Problem problem =
        silent
            ? Problem.of(
                504,
                "no-reply",
                "No reply came",
                "Each try waited in vain. Retry; if it lasts, look at the drop counters in stats.")
            : Problem.of(
                502,
                "replica-unreachable",
                "The raw socket of a replica could not be reached",
                "Retry; if it lasts, look at that replica's readiness.");
    return problem
        .with("replica", replica.name())
        .with("retries", retries)
        .retryAfter(Duration.ofSeconds(1));
  }
}
