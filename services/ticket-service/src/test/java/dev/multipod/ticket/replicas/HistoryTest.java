package dev.multipod.ticket.replicas;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The checker is checked: a good history passes, and each bad one is noticed by its invariant.
class HistoryTest {
  private static final int STOCK = 3;
  private static final UUID FIRST = UUID.randomUUID();
  private static final UUID SECOND = UUID.randomUUID();
  private static final PostgresServer POSTGRES = PostgresServer.start();

  private final String event = "event-" + UUID.randomUUID();

  @BeforeAll
  static void migrate() throws SQLException, IOException {
    try (Connection connection = POSTGRES.connect("multipod");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA tickets; SET search_path = tickets");
      for (String file : List.of("V1__lock.sql", "V2__sale.sql", "V3__strategies.sql")) {
        statement.execute(
            Files.readString(
                Checkout.root()
                    .resolve("services/ticket-service/src/main/resources/db/migration")
                    .resolve(file)));
      }
    }
  }

  @AfterAll
  static void stop() {
    POSTGRES.close();
  }

  @Test
  void aGoodHistoryPasses() throws SQLException {
    history("", operations()).check();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "I1 | UPDATE tickets.event SET sold = 3",
        "I1 | UPDATE tickets.event SET remaining = 2",
        "I2 | UPDATE tickets.orders SET key = 'other' WHERE key = 'b'",
        "I2 | UPDATE tickets.orders SET id = gen_random_uuid() WHERE key = 'b'",
        "I3 | UPDATE tickets.orders SET token = 3 - token",
        "I3 | UPDATE tickets.tenure SET token = 3 WHERE token = 2",
        "I4 | UPDATE tickets.orders SET remaining_after = 0 WHERE key = 'b'",
        "I6 | UPDATE tickets.tenure SET ticket = 0 WHERE token = 2"
      })
  void aBadDatabaseIsNoticed(String invariant, String change) throws SQLException {
    String column = change.contains("tenure") ? "name = 'event:" + event : "event = '" + event;
    String own = change.contains("tickets.event ") ? "name = '" + event : column;
    String where = change.contains("WHERE") ? " AND " : " WHERE ";
    assertNoticed(invariant, history(change + where + own + "'", operations()));
  }

  @Test
  void anAcknowledgedOrderThatIsNotThereIsNoticed() throws SQLException {
    List<Operation> operations = operations();
    operations.add(new Operation("c", 40, 40, 50, UUID.randomUUID(), 0));
    assertNoticed("I2", history("", operations));
  }

  @Test
  void anOrderThatOvertookAnEarlierOneIsNoticed() throws SQLException {
    assertNoticed(
        "I5",
        history(
            "",
            List.of(
                new Operation("a", 20, 20, 30, FIRST, 2),
                new Operation("b", 0, 0, 10, SECOND, 1))));
  }

  @Test
  void soldOutWhileThereWereTicketsIsNoticed() throws SQLException {
    List<Operation> operations = operations();
    operations.add(new Operation("c", 40, 40, 50, null, 0));
    assertNoticed("I5", history("", operations));
  }

  private static void assertNoticed(String invariant, History history) {
    AssertionError noticed = assertThrows(AssertionError.class, history::check);
    assertTrue(noticed.toString().contains(invariant + ":"), noticed::toString);
  }

  private static List<Operation> operations() {
    return new ArrayList<>(
        List.of(new Operation("a", 0, 0, 10, FIRST, 2), new Operation("b", 20, 20, 30, SECOND, 1)));
  }

  /// Two tickets of three sold in two tenures, and then a change.
  private History history(String change, List<Operation> operations) throws SQLException {
    try (Connection connection = POSTGRES.connect("multipod");
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO tickets.event (name, stock, remaining, sold) VALUES ('%1$s', 3, 1, 2);
          DELETE FROM tickets.orders WHERE id IN ('%2$s', '%3$s');
          INSERT INTO tickets.orders (id, event, key, fingerprint, strategy, token, remaining_after, pod)
          VALUES ('%2$s', '%1$s', 'a', '', 'mutex', 1, 2, 'p'), ('%3$s', '%1$s', 'b', '', 'mutex', 2, 1, 'p');
          INSERT INTO tickets.tenure (name, token, ticket, owner, pod, granted_at)
          VALUES ('event:%1$s', 1, 1, gen_random_uuid(), 'p', now()),
                 ('event:%1$s', 2, 2, gen_random_uuid(), 'p', now());
          """
              .formatted(event, FIRST, SECOND));
      if (!change.isEmpty()) {
        statement.execute(change);
      }
    }
    return new History(POSTGRES, event, STOCK, operations);
  }
}
