package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two replicas as processes, one PostgreSQL, two hundred buyers for a hundred tickets, and a fault
/// in the middle of the sale.
class TwoReplicasIT {
  private static final int STOCK = 100;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final PostgresServer POSTGRES = PostgresServer.start();

  // Both at once: their migrations meet.
  private static final List<ServiceProcess> REPLICAS =
      IntStream.rangeClosed(1, 2)
          .mapToObj(
              number ->
                  ServiceProcess.of("ticket-service")
                      .replica(number)
                      .with(POSTGRES)
                      .with("MULTIPOD_TICKET_SERVICE_SALE_TTL", "1s")
                      // Many small tenures, so that a fault meets a sale that is under way.
                      .with("MULTIPOD_TICKET_SERVICE_SALE_TENURE_ORDERS", "10")
                      .launch())
          .toList();

  private Buyers buyers = new Buyers(REPLICAS);
  private String event = "";

  @BeforeAll
  static void start() {
    REPLICAS.forEach(replica -> replica.awaitReady(Duration.ofSeconds(90)));
  }

  @AfterAll
  static void stop() {
    REPLICAS.forEach(ServiceProcess::close);
    POSTGRES.close();
  }

  @BeforeEach
  void openTheDoors() {
    buyers = new Buyers(REPLICAS);
    event = "event-" + UUID.randomUUID();
  }

  @AfterEach
  void closeTheDoors() {
    buyers.close();
  }

  @Test
  void withTheMutexTwoHundredBuyersGetExactlyAHundredTickets() throws Exception {
    open("0s");

    List<Operation> operations = Buyers.join(buyers.start(event, "mutex", keys(200)));

    sellsExactly(operations);
  }

  @Test
  void withoutALockTheSameBuyersGetMoreThanThereAre() throws Exception {
    open("200ms");

    List<Operation> operations = Buyers.join(buyers.start(event, "none", keys(200)));

    long sold = operations.stream().filter(Operation::sold).count();
    assertTrue(sold > STOCK, "oversold: " + sold);
    JsonPath after = get("/ticket-service/events/" + event);
    assertEquals(sold, after.getLong("sold"));
    assertEquals(sold - STOCK, after.getLong("oversold"));
  }

  @Test
  void aHolderKilledInTheMiddleOfTheSaleCostsNobodyATicket() throws Exception {
    open("100ms");
    List<Future<Operation>> sale = saleUnderWay();

    ServiceProcess holder = holder();
    holder.kill();

    try {
      sellsExactly(Buyers.join(sale));
    } finally {
      holder.restart();
    }
  }

  @Test
  void aHolderThatSleptThroughItsLeaseWritesNothing() throws Exception {
    open("100ms");
    List<Future<Operation>> sale = saleUnderWay();

    // One that was stopped just as it handed the lock on sleeps through nothing.
    while (tenures("expired") == 0) {
      ServiceProcess holder = holder();
      holder.pause();
      try {
        Await.until("a take-over", SOON, () -> tenures("expired") > 0 || !holder().equals(holder));
      } finally {
        holder.resume();
      }
    }

    sellsExactly(Buyers.join(sale));
  }

  @Test
  void droppedListenersAreMadeUpForByThePoll() throws Exception {
    open("50ms");
    List<Future<Operation>> sale = saleUnderWay();

    int dropped = 0;
    for (int round = 0; round < 5; round++) {
      dropped +=
          number(
              "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                  + " WHERE application_name LIKE 'tickets\\_%'");
    }

    assertTrue(dropped > 0);
    sellsExactly(Buyers.join(sale));
  }

  @Test
  void aDatabaseKilledAndRestartedLosesNothingThatWasAcknowledged() throws Exception {
    open("100ms");
    List<Future<Operation>> sale = saleUnderWay();

    POSTGRES.kill();
    long asked = System.nanoTime();
    HttpResponse<String> refused = buyers.order(REPLICAS.get(0), event, "mutex", "while-away");
    Duration took = Duration.ofNanos(System.nanoTime() - asked);
    int live = status(REPLICAS.get(0).management().resolve("/q/health/live"));
    Await.until("not ready", SOON, () -> !REPLICAS.get(0).ready());
    POSTGRES.restart();

    assertEquals(503, refused.statusCode(), refused.body());
    assertTrue(refused.headers().firstValue("Retry-After").isPresent());
    // Two seconds are promised; how slow a shared machine may be is not what this proves.
    assertTrue(took.toMillis() < 15_000, "told while it was away: " + took);
    assertEquals(200, live);
    sellsExactly(Buyers.join(sale));
    Await.until("ready again", SOON, () -> REPLICAS.get(0).ready());
  }

  @Test
  void theSameKeyAtBothReplicasAtOnceIsOneOrder() throws Exception {
    open("0s");
    List<String> twice = new ArrayList<>();
    keys(50).forEach(key -> twice.addAll(List.of(key, key)));

    List<Operation> operations = Buyers.join(buyers.start(event, "mutex", twice));

    new History(POSTGRES, event, STOCK, distinct(operations)).check();
    assertEquals(50, operations.stream().map(Operation::order).distinct().count());
    assertEquals(50, get("/ticket-service/events/" + event).getInt("sold"));
  }

  private void sellsExactly(List<Operation> operations) throws SQLException {
    new History(POSTGRES, event, STOCK, operations).check();
    assertEquals(STOCK, operations.stream().filter(Operation::sold).count());
  }

  /// The first answer to each key.
  private static List<Operation> distinct(List<Operation> operations) {
    return operations.stream()
        .filter(
            one ->
                operations.stream()
                    .noneMatch(o -> o.key().equals(one.key()) && o.returned() < one.returned()))
        .toList();
  }

  private static List<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(number -> "key-" + number).toList();
  }

  private void open(String think) throws Exception {
    String body = "{\"stock\":%d,\"think\":\"%s\"}".formatted(STOCK, think);
    HttpRequest put =
        HttpRequest.newBuilder(REPLICAS.get(0).base().resolve("/ticket-service/events/" + event))
            .PUT(HttpRequest.BodyPublishers.ofString(body))
            .build();
    Await.until("opened", SOON, () -> buyers.send(put).statusCode() < 300);
  }

  private List<Future<Operation>> saleUnderWay() {
    List<Future<Operation>> sale = buyers.start(event, "mutex", keys(200));
    Await.until(
        "some are sold",
        SOON,
        () -> number("SELECT sold FROM tickets.event WHERE name = '" + event + "'") > 0);
    return sale;
  }

  /// The replica that is selling now.
  private ServiceProcess holder() throws SQLException {
    String[] pod = {""};
    Await.until(
        "a holder",
        SOON,
        () -> {
          String now = text("SELECT pod FROM tickets.lk WHERE name = 'event:" + event + "'");
          pod[0] = now;
          return !now.isEmpty();
        });
    return REPLICAS.stream().filter(r -> r.name().equals(pod[0])).findFirst().orElseThrow();
  }

  private int tenures(String how) throws SQLException {
    return number(
        "SELECT count(*) FROM tickets.tenure WHERE how = '%s' AND name = 'event:%s'"
            .formatted(how, event));
  }

  private static int number(String sql) throws SQLException {
    return Integer.parseInt(text(sql));
  }

  private static String text(String sql) throws SQLException {
    try (Connection connection = POSTGRES.connect("multipod");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      String found = row.next() ? row.getString(1) : null;
      return found == null ? "" : found;
    }
  }

  private JsonPath get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(REPLICAS.get(0).base().resolve(path)).timeout(SOON).build();
    return JsonPath.from(buyers.send(request).body());
  }

  private int status(URI uri) throws Exception {
    return buyers.send(HttpRequest.newBuilder(uri).build()).statusCode();
  }
}
