package dev.multipod.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoTest {
  @ParameterizedTest
  @ValueSource(strings = {"tcp-echo", "udp-echo"})
  void aMessageComesBackAsPythonsUpper(String service) {
    JsonNode reply =
        Multipod.postText("/" + service + "/messages", "hello, grüße 1!").expect(200).json();
    assertEquals("HELLO, GRüßE 1!", reply.path("reply").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp-echo", "udp-echo"})
  void everyReplicaOfTheIndexAnswersInTurn(String service) {
    Set<String> known = new HashSet<>();
    for (JsonNode one : Multipod.get("/").expect(200).json().path("services")) {
      if (one.path("service").asText().equals(service)) {
        StreamSupport.stream(one.path("replicas").spliterator(), false)
            .map(JsonNode::asText)
            .forEach(known::add);
      }
    }
    Set<String> rawSockets = new HashSet<>();
    Set<String> http = new HashSet<>();
    for (int i = 0; i < 6 * known.size(); i++) {
      Multipod.Answer answer = Multipod.postText("/" + service + "/messages", "hello").expect(200);
      rawSockets.add(answer.json().path("replica").asText());
      http.add(answer.header("Multipod-Replica"));
    }
    assertEquals(known, http, "the replicas that answered by HTTP");
    assertEquals(known, rawSockets, "the replicas whose raw sockets read the message");
  }
}
