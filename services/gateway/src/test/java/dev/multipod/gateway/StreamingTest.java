package dev.multipod.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.gateway.Upstream.Connection;
import dev.multipod.gateway.Upstream.Request;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(GatewayInFront.class)
class StreamingTest {
  private static final long BIG = 200L << 20;

  /// More than every socket buffer on the way holds, far less than `BIG`.
  private static final long IN_FLIGHT = 48L << 20;

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("waited too long");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aLineArrivesWhileTheNextIsHeldBack() throws Exception {
    String service = GatewayInFront.service();
    CountDownLatch first = new CountDownLatch(1);
    try (Upstream a =
        new Upstream(
            "a",
            (request, connection) -> {
              connection.head(
                  "200 OK", "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked");
              connection.chunk("{\"n\":1}\n");
              await(first);
              connection.chunk("{\"n\":2}\n");
              connection.write("0\r\n\r\n");
            })) {
      GatewayInFront.replicas(service, a);
      InputStream body =
          Calls.HTTP
              .send(Calls.to("/" + service + "/x").build(), BodyHandlers.ofInputStream())
              .body();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
      assertEquals("{\"n\":1}", lines.readLine());
      first.countDown();
      assertEquals("{\"n\":2}", lines.readLine());
      assertEquals(-1, lines.read());
    }
  }

  @Test
  void serverSentEventsPassOneByOneBothTheHeadAndEachEvent() throws Exception {
    String service = GatewayInFront.service();
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  connection.head("200 OK", "Content-Type: text/event-stream");
                  try {
                    while (true) {
                      connection.write("data: " + events.take() + "\n\n");
                    }
                  } catch (InterruptedException e) {
                    throw new IOException(e);
                  }
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write("GET /%s/events HTTP/1.1\r\nHost: g\r\n\r\n".formatted(service));
      assertEquals("HTTP/1.1 200 OK", caller.readHead().line());
      for (String event : new String[] {"one", "two", "three"}) {
        events.add(event);
        String line = caller.readLine();
        while (!line.startsWith("data:")) {
          line = caller.readLine();
        }
        assertEquals("data: " + event, line);
      }
    }
  }

  @Test
  void aRequestWithoutABodyYetReachesTheReplicaAndBothSidesTalk() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  connection.head("200 OK", "Transfer-Encoding: chunked");
                  connection.chunk("ready");
                  connection.skipBody(request);
                  connection.chunk("done");
                  connection.write("0\r\n\r\n");
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write(
          "POST /%s/x HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
              .formatted(service));
      assertEquals("HTTP/1.1 200 OK", caller.readHead().line());
      assertEquals("5", caller.readLine());
      assertEquals("ready", caller.readLine());
      caller.write("2\r\nhi\r\n0\r\n\r\n");
      assertEquals("4", caller.readLine());
      assertEquals("done", caller.readLine());
    }
  }

  @Test
  void anUploadIsNoFasterThanTheReplicaReads() throws Exception {
    String service = GatewayInFront.service();
    CountDownLatch read = new CountDownLatch(1);
    AtomicLong written = new AtomicLong();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  await(read);
                  connection.answer("200 OK", Long.toString(connection.skipBody(request)));
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write(
          "PUT /%s/x HTTP/1.1\r\nHost: g\r\nContent-Length: %d\r\n\r\n".formatted(service, BIG));
      Thread writer = Thread.ofPlatform().start(() -> pour(caller, written));
      awaitStall(written);
      assertTrue(written.get() < IN_FLIGHT, "held in between: " + written.get());
      read.countDown();
      Request answer = caller.readHead();
      assertEquals("HTTP/1.1 200 OK", answer.line());
      assertEquals(
          Long.toString(BIG),
          new String(caller.in.readNBytes((int) answer.length()), StandardCharsets.UTF_8));
      writer.join();
    }
  }

  @Test
  void aDownloadIsNoFasterThanTheCallerReads() throws Exception {
    String service = GatewayInFront.service();
    AtomicLong written = new AtomicLong();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  connection.head("200 OK", "Content-Length: " + BIG);
                  pour(connection, written);
                });
        Socket socket = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      Connection caller = new Connection("caller", socket);
      caller.write("GET /%s/x HTTP/1.1\r\nHost: g\r\n\r\n".formatted(service));
      awaitStall(written);
      assertTrue(written.get() < IN_FLIGHT, "held in between: " + written.get());
      Request answer = caller.readHead();
      assertEquals(BIG, caller.skipBody(answer));
    }
  }

  private static void pour(Connection to, AtomicLong written) {
    byte[] block = new byte[64 << 10];
    try {
      while (written.get() < BIG) {
        to.out.write(block);
        written.addAndGet(block.length);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Until something was written and then nothing more for a second.
  private static void awaitStall(AtomicLong written) {
    long[] last = {-1, System.nanoTime()};
    Await.until(
        "the writer stalls",
        () -> {
          long now = written.get();
          if (now != last[0]) {
            last[0] = now;
            last[1] = System.nanoTime();
          }
          return now > 0 && System.nanoTime() - last[1] > 1_000_000_000L;
        });
  }

  @Test
  void expectContinueIsTheReplicasToAnswer() throws Exception {
    String service = GatewayInFront.service();
    try (Upstream a =
            new Upstream(
                "a",
                (request, connection) -> {
                  if (request.line().contains("/refuse")) {
                    connection.answer("413 Content Too Large", "");
                  } else {
                    connection.write("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.answer("200 OK", Long.toString(connection.skipBody(request)));
                  }
                });
        Socket yes = Calls.connect();
        Socket no = Calls.connect()) {
      GatewayInFront.replicas(service, a);
      String head =
          "PUT /%s/%s HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
      Connection agreed = new Connection("caller", yes);
      agreed.write(head.formatted(service, "take"));
      assertEquals("HTTP/1.1 100 Continue", agreed.readHead().line());
      agreed.write("hi");
      assertEquals("HTTP/1.1 200 OK", agreed.readHead().line());
      Connection refused = new Connection("caller", no);
      refused.write(head.formatted(service, "refuse"));
      assertTrue(refused.readHead().line().startsWith("HTTP/1.1 413"));
    }
  }
}
