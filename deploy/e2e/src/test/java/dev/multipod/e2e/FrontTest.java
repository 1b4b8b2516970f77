package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the one address itself answers, and what every service has.
class FrontTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "udp-echo",
        "tcp-echo",
        "ticket-service",
        "producer",
        "consumer",
        "crawler-pool",
        "ssh-gateway"
      })
  void everyServiceDescribesItsPathsUnderItsName(String service) {
    Multipod.Answer answer =
        Multipod.send(Multipod.to("/" + service + "/openapi").header("Accept", "application/json"))
            .expect(200);
    JsonNode paths = answer.json().path("paths");
    assertTrue(paths.size() > 0, answer::text);
    paths
        .fieldNames()
        .forEachRemaining(path -> assertTrue(path.startsWith("/" + service + "/"), path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "udp-echo",
        "tcp-echo",
        "ticket-service",
        "producer",
        "consumer",
        "crawler-pool",
        "ssh-gateway"
      })
  void everyServiceNamesTheReplicaThatAnswers(String service) {
    Multipod.Answer answer = Multipod.get("/" + service + "/replica").expect(200);
    assertEquals(service, answer.json().path("service").asText());
    assertEquals(answer.json().path("replica").asText(), answer.header("Multipod-Replica"));
    assertEquals(1, answer.headers().allValues("Multipod-Replica").size());
  }

  @Test
  void theIndexListsEveryServiceWithAReplica() {
    JsonNode services = Multipod.get("/").expect(200).json().path("services");
    assertTrue(services.size() >= 7, services::toString);
    for (JsonNode service : services) {
      assertTrue(service.path("replicas").size() > 0, service::toString);
    }
  }

  @Test
  void anUnknownServiceIsAProblemThatListsTheKnown() {
    Multipod.Answer answer = Multipod.get("/no-such-service/x");
    assertEquals("unknown-service", answer.problem(404));
    assertTrue(answer.text().contains("tcp-echo"), answer::text);
  }

  @Test
  void anUnknownPathOfAServiceIsAProblem() {
    Multipod.get("/tcp-echo/no-such-path").problem(404);
  }

  @Test
  void healthAndMetricsAreNotRouted() {
    Multipod.get("/q/health").problem(404);
    Multipod.get("/q/metrics").problem(404);
  }
}
