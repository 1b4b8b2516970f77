package dev.multipod.queue;

import dev.multipod.kit.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/// What a failure of a Kafka client means, and what to look at.
public final class Trouble {
  private Trouble() {}

  /// In words, down to the failure's own cause: Kafka's "Failed to create new KafkaAdminClient"
  /// says nothing.
  public static String explain(Throwable failure) {
    if (failure instanceof Problem problem) {
      String detail = problem.detail();
      return detail.startsWith(Broker.AWAY)
          ? detail.substring(Broker.AWAY.length(), detail.length() - 1)
          : detail;
    }
    List<Throwable> causes = causes(failure);
    String said = said(causes);
    for (Throwable cause : causes) {
      if (cause instanceof SaslAuthenticationException) {
        return "the broker refused the credentials (authentication failed): look at "
            + "%s, %s and %s. Kafka says: %s"
                .formatted(
                    KafkaSecurity.USERNAME, KafkaSecurity.PASSWORD, KafkaSecurity.MECHANISM, said);
      }
      if (cause instanceof SslAuthenticationException) {
        return "the TLS handshake with the broker failed: look at "
            + "%s, which is to have the authority that signed the broker's certificate, and at the address, which the certificate is to name. Kafka says: %s"
                .formatted(KafkaSecurity.CA, said);
      }
      if (cause instanceof GroupMaxSizeReachedException) {
        return "the queue has as many share consumers as the broker's group.share.max.size allows: "
            + "replicas × multipod.consumer.slots is at most that. Kafka says: "
            + said;
      }
      if (cause instanceof AuthorizationException) {
        return "the broker does not allow it: look at the user's ACLs. Kafka says: " + said;
      }
    }
    return said;
  }

  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable each = failure; each != null && !causes.contains(each); each = each.getCause()) {
      causes.add(each);
    }
    return causes;
  }

  private static String said(List<Throwable> causes) {
    List<String> words = new ArrayList<>();
    for (Throwable cause : causes) {
      boolean wraps =
          cause instanceof ExecutionException || cause.getClass() == KafkaException.class;
      if (wraps && cause.getCause() != null) {
        continue;
      }
      String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      // A cause is often told by what it caused.
      if (words.stream().noneMatch(known -> known.contains(text))) {
        words.add(
            words.isEmpty() && cause.getMessage() != null
                ? cause.getClass().getSimpleName() + ": " + text
                : text);
      }
    }
    return String.join(", since: ", words);
  }
}
