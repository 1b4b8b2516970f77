package dev.multipod.queue;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class TroubleTest {
  @Test
  void aClientThatCannotBeMadeTellsItsOwnCause() {
    KafkaException failure =
        assertThrows(
            KafkaException.class,
            () ->
                Admin.create(
                    Map.of(
                        "bootstrap.servers",
                        "127.0.0.1:9",
                        "security.protocol",
                        "SSL",
                        "ssl.truststore.type",
                        "PEM",
                        "ssl.truststore.location",
                        "/no/such/ca.pem")));

    String text = Trouble.explain(failure);

    assertTrue(text.contains("/no/such/ca.pem"), text);
    assertFalse(text.contains("Failed to create new KafkaAdminClient"), text);
  }

  @Test
  void refusedCredentialsSayWhatToLookAt() {
    String text =
        Trouble.explain(
            new KafkaException(
                "Cannot perform send", new SaslAuthenticationException("invalid credentials")));

    assertTrue(text.startsWith("the broker refused the credentials"), text);
    assertTrue(text.contains("multipod.kafka.password"), text);
    assertTrue(text.contains("invalid credentials"), text);
  }

  @Test
  void whatIsNotAllowedPointsToTheAcls() {
    String text =
        Trouble.explain(new ExecutionException(new TopicAuthorizationException("not for you")));

    assertTrue(text.contains("ACLs"), text);
    assertTrue(text.contains("not for you"), text);
  }
}
