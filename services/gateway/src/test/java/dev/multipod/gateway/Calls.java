package dev.multipod.gateway;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;

/// Requests to the gateway under test.
final class Calls {
  static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private Calls() {}

  static int port() {
    return ConfigProvider.getConfig().getValue("quarkus.http.port", Integer.class);
  }

  static URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
  }

  static HttpResponse<String> get(String path) {
    return send(to(path).GET());
  }

  static HttpResponse<String> post(String path, String body) {
    return send(to(path).POST(BodyPublishers.ofString(body)));
  }

  static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static String replica(HttpResponse<?> response) {
    return String.join(",", response.headers().allValues("Multipod-Replica"));
  }

  static String slug(HttpResponse<String> response) {
    String type = new JsonObject(response.body()).getString("type");
    return type.substring(type.lastIndexOf(':') + 1);
  }

  static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /// The replicas of a service, as the gateway's index names them.
  static List<String> index(String service) {
    return new JsonObject(get("/").body())
        .getJsonArray("services").stream()
            .map(JsonObject.class::cast)
            .filter(one -> one.getString("service").equals(service))
            .flatMap(one -> one.getJsonArray("replicas").stream())
            .map(Object::toString)
            .sorted()
            .toList();
  }
}
