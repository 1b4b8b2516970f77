package dev.multipod.consumer;

import static dev.multipod.consumer.QueueStack.expect;

import com.sun.net.httpserver.HttpServer;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.Ports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The trace of an item: what the services send to who collects traces.
class TraceIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Test
  void theSpanOfAnItemsEatingIsLinkedToTheTraceOfItsPut() throws Exception {
    List<String> sent = new CopyOnWriteArrayList<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          // Bytes as characters, to look for bytes and for names alike.
          sent.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    KafkaBroker broker = KafkaBroker.start();
    try (QueueStack stack =
        new QueueStack(
            broker,
            (service, process) ->
                process
                    .with(broker)
                    .with("QUARKUS_OTEL_SDK_DISABLED", "false")
                    .with("QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                    .with(
                        "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + collector.getAddress().getPort())
                    .with("QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "100ms"))) {
      String queue = stack.queue("\"maxsize\": 3");
      // By way of the replica that does not admit: the trace goes on to the owner too.
      expect(
          201,
          stack.call(
              stack.producers.get(1 - stack.owner(queue)),
              "POST",
              "/producer/queues/%s/items?timeout=20s".formatted(queue),
              "traced",
              "Idempotency-Key",
              "traced",
              "traceparent",
              "00-" + TRACE + "-00f067aa0ba902b7-01"));

      String ackUrl = expect(200, stack.take(0, queue, "20s")).ackUrl();
      expect(204, stack.acknowledge(0, ackUrl, "done"));

      Await.until(
          "the span of its eating comes, with the trace of its put",
          SOON,
          () -> sent.stream().anyMatch(each -> each.contains("eat " + queue) && isTraced(each)));
    } finally {
      collector.stop(0);
    }
  }

  private static boolean isTraced(String export) {
    return export.contains(new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1));
  }
}
