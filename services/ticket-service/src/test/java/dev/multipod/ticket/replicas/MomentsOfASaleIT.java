package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import io.restassured.path.json.JsonPath;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One sale, and a fault at a chosen moment of it: before its write, inside it, after it. A sale is
/// held at the beginning of its write by the row of its event, which the test has locked, and past
/// its fence by its key, which the test is about to use.
class MomentsOfASaleIT {
  private static final int STOCK = 5;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final PostgresServer POSTGRES = PostgresServer.start();
  private static final List<FaultyProxy> PROXIES =
      IntStream.range(0, 2)
          .mapToObj(number -> FaultyProxy.to("127.0.0.1", POSTGRES.port()))
          .toList();
  private static final List<ServiceProcess> REPLICAS =
      IntStream.range(0, 2).mapToObj(MomentsOfASaleIT::replica).toList();

  private Buyers buyers = new Buyers(REPLICAS);
  private String event = "";

  private static ServiceProcess replica(int number) {
    return ServiceProcess.of("ticket-service")
        .replica(number + 1)
        .with(POSTGRES)
        .with(
            "QUARKUS_DATASOURCE_JDBC_URL",
            POSTGRES.jdbcUrl().replace(":" + POSTGRES.port(), ":" + PROXIES.get(number).port()))
        .with("MULTIPOD_TICKET_SERVICE_SALE_TTL", "1s")
        .launch();
  }

  @BeforeAll
  static void start() {
    REPLICAS.forEach(replica -> replica.awaitReady(Duration.ofSeconds(90)));
  }

  @AfterAll
  static void stop() {
    REPLICAS.forEach(ServiceProcess::close);
    PROXIES.forEach(FaultyProxy::close);
    POSTGRES.close();
  }

  @BeforeEach
  void openTheDoors() {
    buyers = new Buyers(REPLICAS);
    event = "event-" + UUID.randomUUID();
  }

  @AfterEach
  void closeTheDoors() {
    PROXIES.forEach(FaultyProxy::heal);
    buyers.close();
  }

  @Test
  void whoSleepsThroughItsLeaseBeforeItsWriteWritesNothing() throws Exception {
    open("3s");
    Future<Operation> first = buyers.start(event, "mutex", "first", 0);
    Await.until("the first holds the lock", SOON, () -> is("claimed"));
    REPLICAS.get(0).pause();
    long slept = token();
    Operation second;
    try {
      second = buyers.start(event, "mutex", "second", 1).get();
    } finally {
      REPLICAS.get(0).resume();
    }

    new History(POSTGRES, event, STOCK, List.of(first.get(), second)).check();
    assertEquals(2, sold());
    assertTrue(tokenOf("first") > slept && tokenOf("second") > slept);
    assertTrue(tenures("expired") >= 1);
  }

  @Test
  void whoWasStoppedForAWhileDoesNotTakeItsDatabaseForGone() throws Exception {
    open("500ms");
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int order = 0; order < 40; order++) {
        String key = "key-" + order;
        answers.add(threads.submit(() -> buyers.order(REPLICAS.get(0), event, "mutex", key)));
      }
      Await.until("they wait for the first", SOON, () -> is("claimed"));
      REPLICAS.get(0).pause();
      try {
        long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
        Await.until("longer than its patience", SOON, () -> System.nanoTime() > end);
      } finally {
        REPLICAS.get(0).resume();
      }
      for (Future<HttpResponse<String>> answer : answers) {
        assertNotEquals(503, answer.get().statusCode(), answer.get().body());
      }
    }
  }

  @Test
  void whoSleepsThroughItsLeaseInsideItsWriteHasSoldAndTheNextWaitsForThat() throws Exception {
    open("0s");
    Future<Operation> first;
    Future<Operation> second;
    long slept;
    try (Connection key = usedKey("first")) {
      first = insideItsWrite();
      slept = token();
      REPLICAS.get(0).pause();
      second = buyers.start(event, "mutex", "second", 1);
      Await.until("its lease is over", SOON, () -> is("expires_at < clock_timestamp()"));
      Await.until("another wants the lock", SOON, () -> blocked("%tickets.%") > 1);
      assertEquals(slept, token(), "the write under way keeps the lock from the next");
      key.rollback();
      Await.until("the second has it", SOON, () -> token() > slept && sold() == 2);
    } finally {
      REPLICAS.get(0).resume();
    }

    new History(POSTGRES, event, STOCK, List.of(first.get(), second.get())).check();
    assertEquals(2, sold());
    assertEquals(slept, tokenOf("first"));
    assertTrue(slept < tokenOf("second"));
  }

  @Test
  void whoseLeaseIsOverWhileItsWriteWaitsForTheEventWritesNothing() throws Exception {
    open("0s");
    Future<Operation> first;
    Future<Operation> second;
    long slept;
    try (Connection row = lockedRow()) {
      first = insideItsWrite();
      slept = token();
      REPLICAS.get(0).pause();
      second = buyers.start(event, "mutex", "second", 1);
      Await.until("the next has the lock", SOON, () -> token() > slept);
      Await.until("and writes too", SOON, () -> blocked("%tickets.sell(%") > 1);
      row.rollback();
      Await.until("the second is sold", SOON, () -> sold() == 1);
    } finally {
      REPLICAS.get(0).resume();
    }

    new History(POSTGRES, event, STOCK, List.of(first.get(), second.get())).check();
    assertEquals(2, sold());
    assertTrue(slept < tokenOf("second") && tokenOf("second") < tokenOf("first"));
  }

  @Test
  void whoSleepsAfterItsWriteKeepsNobodyWaitingAndItsOrderStands() throws Exception {
    open("0s");
    Future<Operation> first;
    Operation second;
    long slept;
    try {
      try (Connection row = lockedRow()) {
        first = insideItsWrite();
        slept = token();
        REPLICAS.get(0).pause();
        row.rollback();
      }
      Await.until("the first is sold", SOON, () -> sold() == 1);
      second = buyers.start(event, "mutex", "second", 1).get();
    } finally {
      REPLICAS.get(0).resume();
    }

    new History(POSTGRES, event, STOCK, List.of(first.get(), second)).check();
    assertEquals(2, sold());
    assertEquals(slept, tokenOf("first"));
    assertEquals(0, tenures("expired"), "its write has handed the lock on");
  }

  @Test
  void anOrderWhoseCommitWasNotHeardOfIsThatOrderWhenItIsRepeated() throws Exception {
    open("0s");
    HttpResponse<String> unknown;
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<HttpResponse<String>> asked;
      try (Connection row = lockedRow()) {
        asked = thread.submit(() -> buyers.order(REPLICAS.get(0), event, "mutex", "first"));
        Await.until("it is inside its write", SOON, () -> blocked("%tickets.sell(%") > 0);
        PROXIES.get(0).loseAnswers();
        row.rollback();
      }
      Await.until("it is sold", SOON, () -> sold() == 1);
      PROXIES.get(0).reset();
      PROXIES.get(0).heal();
      unknown = asked.get();
    }
    Operation again = buyers.start(event, "mutex", "first", 0).get();

    assertEquals(503, unknown.statusCode(), unknown.body());
    assertEquals(
        "urn:multipod:problem:database-away", JsonPath.from(unknown.body()).getString("type"));
    assertEquals(1, sold());
    new History(POSTGRES, event, STOCK, List.of(again)).check();
  }

  /// The first buyer's sale at the first replica, whose write waits for the event's row.
  private Future<Operation> insideItsWrite() {
    Future<Operation> first = buyers.start(event, "mutex", "first", 0);
    Await.until("it is inside its write", SOON, () -> blocked("%tickets.sell(%") > 0);
    return first;
  }

  private Connection lockedRow() throws SQLException {
    Connection connection = POSTGRES.connect("multipod");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1 FROM tickets.event WHERE name = '" + event + "' FOR UPDATE");
    }
    return connection;
  }

  /// The key of an order that is written and not committed.
  private Connection usedKey(String key) throws SQLException {
    Connection connection = POSTGRES.connect("multipod");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO tickets.orders (id, event, key, fingerprint, strategy, pod) VALUES"
              + " (gen_random_uuid(), '%s', '%s', '', 'mutex', '')".formatted(event, key));
    }
    return connection;
  }

  private void open(String think) {
    HttpRequest put =
        HttpRequest.newBuilder(REPLICAS.get(1).base().resolve("/ticket-service/events/" + event))
            .PUT(
                HttpRequest.BodyPublishers.ofString(
                    "{\"stock\":%d,\"think\":\"%s\"}".formatted(STOCK, think)))
            .build();
    Await.until("opened", SOON, () -> buyers.send(put).statusCode() < 300);
  }

  /// How many statements like that wait for a lock.
  private static int blocked(String like) throws SQLException {
    return number(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '"
            + like
            + "'");
  }

  private boolean is(String condition) throws SQLException {
    return number(
            "SELECT count(*) FROM tickets.lk WHERE name = 'event:%s' AND (%s)"
                .formatted(event, condition))
        == 1;
  }

  private long token() throws SQLException {
    return number("SELECT token FROM tickets.lk WHERE name = 'event:" + event + "'");
  }

  private long tokenOf(String key) throws SQLException {
    return number(
        "SELECT token FROM tickets.orders WHERE event = '%s' AND key = '%s'".formatted(event, key));
  }

  private int sold() throws SQLException {
    return number("SELECT sold FROM tickets.event WHERE name = '" + event + "'");
  }

  private int tenures(String how) throws SQLException {
    return number(
        "SELECT count(*) FROM tickets.tenure WHERE how = '%s' AND name = 'event:%s'"
            .formatted(how, event));
  }

  private static int number(String sql) throws SQLException {
    try (Connection connection = POSTGRES.connect("multipod");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }
}
