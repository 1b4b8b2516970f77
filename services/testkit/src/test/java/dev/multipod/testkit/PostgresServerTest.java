package dev.multipod.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerTest {
  @Test
  void whatItCommittedIsThereAfterAKill() throws Exception {
    try (PostgresServer server = PostgresServer.start()) {
      try (Connection open = server.connect("multipod")) {
        run(open, "CREATE TABLE kept (value text)");
        run(open, "INSERT INTO kept VALUES ('first')");

        server.kill();
        server.restart();
      }

      assertEquals("first", ask(server, "SELECT value FROM kept"));
    }
  }

  @Test
  void aFolderWithSpacesOutlivesItsServer(@TempDir Path folder) throws Exception {
    Path data = folder.resolve("with a space/postgres");
    try (PostgresServer first = PostgresServer.builder().folder(data).maxConnections(30).start();
        Connection connection = first.connect("multipod")) {
      run(connection, "CREATE TABLE kept AS SELECT 'first' AS value");
    }

    try (PostgresServer second = PostgresServer.builder().folder(data).maxConnections(31).start()) {
      assertEquals("first", ask(second, "SELECT value FROM kept"));
      assertEquals("31", ask(second, "SHOW max_connections"));
      assertEquals("on", ask(second, "SHOW fsync"));
      assertTrue(ask(second, "SHOW server_version").startsWith("18"));
    }
  }

  private static String ask(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("multipod");
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      assertTrue(answer.next());
      return answer.getString(1);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
