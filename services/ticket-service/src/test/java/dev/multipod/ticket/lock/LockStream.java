package dev.multipod.ticket.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.multipod.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;

/// The events of a lock, read as they come.
public final class LockStream implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final InputStream body;
  private final Thread reader;

  /// Has the headers when it returns.
  public LockStream(URI events, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(events);
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<InputStream> answer =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    body = answer.body();
    if (answer.statusCode() != 200) {
      body.close();
    }
    assertEquals(200, answer.statusCode());
    reader = Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (Scanner scanner = new Scanner(body, StandardCharsets.UTF_8)) {
      while (scanner.hasNextLine()) {
        lines.add(scanner.nextLine());
      }
    }
  }

  List<String> lines() {
    return lines;
  }

  /// Each event's name and id so far.
  public List<String> events() {
    List<String> events = new ArrayList<>();
    String name = "";
    String id = "";
    for (String line : lines) {
      if (line.startsWith("event:")) {
        name = line.substring(6).strip();
      } else if (line.startsWith("id:")) {
        id = line.substring(3).strip();
      } else if (line.isBlank() && !name.isEmpty()) {
        events.add((name + " " + id).strip());
        name = "";
        id = "";
      }
    }
    return events;
  }

  /// Waits until there are these events, those of the queue's length aside.
  public void await(String... expected) {
    Await.until(
        "the events " + List.of(expected),
        SOON,
        () ->
            events().stream()
                .filter(event -> !event.equals("queue"))
                .toList()
                .equals(List.of(expected)));
  }

  /// Waits until the service ends it.
  public boolean ends() throws InterruptedException {
    return reader.join(SOON);
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
