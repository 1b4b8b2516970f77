package dev.multipod.ticket.database;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.PostgresResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(PostgresResource.class)
class ListenerTest {
  @Inject Database database;

  /// Without it the lock works too, by its poll alone: nothing else would tell.
  @Test
  void itListens() {
    Await.until("a listening session", Duration.ofSeconds(60), this::isListening);
  }

  private boolean isListening() {
    return database.call(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT EXISTS (SELECT FROM pg_stat_activity"
                          + " WHERE application_name LIKE 'tickets\\_%')")) {
            row.next();
            return row.getBoolean(1);
          }
        });
  }
}
