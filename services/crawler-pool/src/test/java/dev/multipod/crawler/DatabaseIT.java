package dev.multipod.crawler;

import static dev.multipod.crawler.Client.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.multipod.testkit.Await;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.PostgresServer;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DatabaseIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static ServiceProcess launch(int number, int port) {
    return ServiceProcess.of("crawler-pool")
        .replica(number)
        .with("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:" + port + "/multipod")
        .launch();
  }

  private static boolean alive(ServiceProcess replica) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(replica.management().resolve("/q/health/live")).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    }
  }

  @Test
  void replicasWaitForALateDatabaseMigrateItTogetherAndSurviveItsCrash()
      throws IOException, InterruptedException, SQLException {
    int port = Ports.free();
    try (ServiceProcess one = launch(1, port);
        ServiceProcess two = launch(2, port)) {
      Client client = new Client(one);
      Await.until("both live without a database", LONG, () -> alive(one) && alive(two));
      assertFalse(one.ready());
      assertEquals(
          "database-unavailable",
          expect(503, client.post("/pools", "{\"name\":\"p\",\"processes\":1}")).problem());

      try (PostgresServer postgres = PostgresServer.builder().port(port).start()) {
        one.awaitReady(LONG);
        two.awaitReady(LONG);
        assertEquals(1, migrations(postgres));
        client.makePool("p", 2);
        long task =
            client.submitted("p", "{\"kind\":\"square\",\"n\":9,\"sleep\":\"1s\"}").getFirst();

        postgres.kill();
        Await.until("readiness goes down", LONG, () -> !one.ready());
        assertEquals(true, alive(one));
        postgres.restart();
        one.awaitReady(LONG);

        assertEquals(81, client.ended(task).path("result").path("value").asInt());
        assertEquals(1, client.drained("p").path("tasks").path("succeeded").asInt());
      }
    }
  }

  private static long migrations(PostgresServer postgres) throws SQLException {
    try (Connection connection = postgres.connect("multipod");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM crawler.flyway_schema_history WHERE version IS NOT NULL")) {
      row.next();
      return row.getLong(1);
    }
  }
}
