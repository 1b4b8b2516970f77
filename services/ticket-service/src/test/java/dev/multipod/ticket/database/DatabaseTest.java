package dev.multipod.ticket.database;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class DatabaseTest {
  @Inject Database database;

  /// Among them: a session that idled in its transaction, a lock that was not had, an unknown
  /// prepared statement, the server's own fault, and what the driver calls unexpected.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "25P03", "25006", "26000", "40P01", "53300", "55P03", "57P01", "58030", "XX000",
        "99999"
      })
  void whatALaterTryMayNotMeetIsTheDatabaseBeingAway(String state) {
    assertThrows(DatabaseAwayException.class, () -> fail(state));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0A000", "22001", "23505", "23514", "42601", "42P01", "P0001"})
  void ourOwnMistakeIsNot(String state) {
    assertThrows(IllegalStateException.class, () -> fail(state));
  }

  private void fail(String state) {
    database.call(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'as a test' USING ERRCODE = '%s'; END $$"
                    .formatted(state));
          }
        });
  }
}
