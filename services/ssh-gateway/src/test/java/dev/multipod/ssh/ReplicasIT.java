package dev.multipod.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipod.demossh.DemoSsh;
import dev.multipod.testkit.Await;
import dev.multipod.testkit.Folders;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class ReplicasIT {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static HttpRequest.Builder request(ServiceProcess replica, String path) {
    return HttpRequest.newBuilder(URI.create(replica.base() + path))
        .header("Authorization", Tokens.bearer("somebody", "use"));
  }

  private static ServiceProcess.Builder replica(int number, Path folder) {
    return ServiceProcess.of("ssh-gateway")
        .replica(number)
        .with("QUARKUS_OIDC_PUBLIC_KEY", setting("quarkus.oidc.public-key"))
        .with("QUARKUS_OIDC_TOKEN_ISSUER", setting("quarkus.oidc.token.issuer"))
        .with("MULTIPOD_SSH_TARGETS_FILE", folder.resolve("targets.yaml").toString())
        .with("MULTIPOD_SSH_EXEC_GRACE", "500ms")
        .with("MULTIPOD_PEERS_DIRECTORY", folder.toString());
  }

  private static String setting(String name) {
    String value = Tokens.settings().get(name);
    if (value == null) {
      throw new IllegalStateException(name);
    }
    return value;
  }

  @Test
  void aCancelSentToAnotherReplicaReachesTheOneThatRunsIt() throws Exception {
    Path folder = Folders.temporary("ssh-replicas");
    try (DemoSsh _ = DemoSsh.start(folder, 0);
        ServiceProcess one = replica(1, folder).start();
        ServiceProcess two = replica(2, folder).start()) {
      Files.writeString(
          folder.resolve("ssh-gateway"),
          "ssh-gateway-1 127.0.0.1 %d%nssh-gateway-2 127.0.0.1 %d%n"
              .formatted(one.port(), two.port()));
      HttpResponse<java.io.InputStream> running =
          HTTP.send(
              request(one, "/ssh-gateway/targets/demo-key/exec")
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{\"argv\":[\"sleep\",\"300\"]}"))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(running.body(), StandardCharsets.UTF_8))) {
        Matcher id =
            Pattern.compile("\"id\":\"([^\"]+)\"").matcher(String.valueOf(lines.readLine()));
        assertThat(id.find()).isTrue();
        HttpResponse<String> cancelled =
            HTTP.send(
                request(two, "/ssh-gateway/executions/" + id.group(1)).DELETE().build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(cancelled.statusCode()).isEqualTo(202);
        assertThat(lines.readLine()).contains("\"reason\":\"cancelled\"");
      }
      HttpResponse<java.io.InputStream> cut =
          HTTP.send(
              request(two, "/ssh-gateway/targets/demo-key/exec")
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{\"argv\":[\"sleep\",\"300\"]}"))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(two.stop(Duration.ofSeconds(30))).isTrue();
      assertThat(new String(cut.body().readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"event\":\"lost\"")
          .doesNotContain("\"event\":\"exit\"");
    } finally {
      Folders.remove(folder);
    }
  }

  @Test
  void oneMoreThanTheConnectionsTakeWaitsAndIsToldToRetry() throws Exception {
    Path folder = Folders.temporary("ssh-pool");
    try (DemoSsh _ = DemoSsh.start(folder, 0);
        ServiceProcess one =
            replica(4, folder)
                .with("MULTIPOD_SSH_POOL_CONNECTIONS", "1")
                .with("MULTIPOD_SSH_POOL_CHANNELS", "1")
                .with("MULTIPOD_SSH_POOL_MAX_WAIT", "300ms")
                .start()) {
      HttpResponse<java.io.InputStream> running =
          HTTP.send(
              exec(one, "{\"argv\":[\"sleep\",\"300\"]}"),
              HttpResponse.BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(running.body(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).contains("\"event\":\"start\"");
        HttpResponse<String> busy =
            HTTP.send(exec(one, "{\"argv\":[\"date\"]}"), HttpResponse.BodyHandlers.ofString());
        assertThat(busy.statusCode()).isEqualTo(503);
        assertThat(busy.body()).contains(":connections-busy");
        assertThat(busy.headers().firstValue("Retry-After")).isPresent();
        String metrics =
            HTTP.send(
                    HttpRequest.newBuilder(one.management().resolve("/q/metrics")).build(),
                    HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(metrics)
            .containsPattern("refused_total\\{[^}]*problem=\"connections-busy\"[^}]*} 1\\.0");
      }
      // Its caller has left, so its place is free again.
      Await.until(
          "the place is free",
          Duration.ofSeconds(30),
          () ->
              HTTP.send(exec(one, "{\"argv\":[\"date\"]}"), HttpResponse.BodyHandlers.ofString())
                      .statusCode()
                  == 200);
    } finally {
      Folders.remove(folder);
    }
  }

  private static HttpRequest exec(ServiceProcess replica, String body) {
    return request(replica, "/ssh-gateway/targets/demo-key/exec")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  @Test
  void itStartsWithoutItsIssuerAndVerifiesTokensWhenTheIssuerIsThere() throws Exception {
    int port = Ports.free();
    Path folder = Folders.temporary("ssh-issuer");
    try (DemoSsh _ = DemoSsh.start(folder, 0);
        ServiceProcess one =
            ServiceProcess.of("ssh-gateway")
                .replica(5)
                .with("QUARKUS_OIDC_AUTH_SERVER_URL", Issuer.url(port))
                .with("MULTIPOD_SSH_TARGETS_FILE", folder.resolve("targets.yaml").toString())
                .start()) {
      HttpRequest look =
          HttpRequest.newBuilder(URI.create(one.base() + "/ssh-gateway/targets"))
              .header(
                  "Authorization",
                  Tokens.bearer(
                      Issuer.url(port), "multipod", Duration.ofHours(1), "somebody", "use"))
              .build();
      HttpResponse<String> away = HTTP.send(look, HttpResponse.BodyHandlers.ofString());
      assertThat(away.statusCode()).isEqualTo(503);
      assertThat(away.body()).contains(":issuer-unavailable");
      assertThat(away.headers().firstValue("Retry-After")).isPresent();
      try (Issuer _ = Issuer.start(port)) {
        Await.until(
            "tokens are verified",
            Duration.ofSeconds(60),
            () -> HTTP.send(look, HttpResponse.BodyHandlers.ofString()).statusCode() == 200);
      }
      // Its keys are known by now.
      assertThat(HTTP.send(look, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    } finally {
      Folders.remove(folder);
    }
  }

  @Test
  void withoutAKeyOrAnIssuerItDoesNotStartAndSaysWhy() throws Exception {
    try (ServiceProcess process = ServiceProcess.of("ssh-gateway").replica(3).launch()) {
      int code = process.child().onExit().get(60, java.util.concurrent.TimeUnit.SECONDS);
      process.child().awaitOutput();
      assertThat(code).isNotZero();
      assertThat(String.join("\n", process.log())).contains("QUARKUS_OIDC_PUBLIC_KEY");
    }
  }
}
