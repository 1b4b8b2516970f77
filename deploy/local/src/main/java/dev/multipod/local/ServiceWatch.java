package dev.multipod.local;

import dev.multipod.testkit.Checkout;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Ports;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One replica of a part: how its process is started, when it is ready, and what the peers files
/// say of it.
final class ServiceWatch implements Supervised.Watch {
  private static final int HEALTH_TIMEOUT_MILLIS = 2000;
  private static final List<String> QUICK_START =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k");

  private final Part part;
  private final Replica replica;
  private final Path home;
  private final PeersFiles peers;
  private final Console console;
  private final List<String> command = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();

  ServiceWatch(
      Part part,
      Replica replica,
      Settings settings,
      Map<String, String> servers,
      PeersFiles peers,
      Console console) {
    this.part = part;
    this.replica = replica;
    this.home = settings.home();
    this.peers = peers;
    this.console = console;
    command.add(Checkout.java());
    command.addAll(QUICK_START);
    command.add("-Xmx" + part.heap());
    command.addAll(part.program());
    environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    environment.put("QUARKUS_HTTP_PORT", Integer.toString(replica.httpPort()));
    environment.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
    environment.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(replica.managementPort()));
    environment.put("QUARKUS_SHUTDOWN_TIMEOUT", "3s");
    environment.put("MULTIPOD_REPLICA", replica.name());
    environment.put("MULTIPOD_PEERS_DIRECTORY", settings.peers().toString());
    replica
        .rawPort()
        .ifPresent(
            own -> {
              String prefix = "MULTIPOD_" + part.variable();
              environment.put(prefix + "_HOST", "127.0.0.1");
              environment.put(prefix + "_PORT", Integer.toString(settings.rawPort()));
              environment.put(prefix + "_OWN_PORT", Integer.toString(own));
            });
    environment.putAll(servers);
    environment.putAll(part.environment());
  }

  @Override
  public Child launch() {
    return Child.start(
        replica.name(),
        command,
        environment,
        home,
        line -> console.log(part.name(), replica.name(), line));
  }

  @Override
  public boolean ready() {
    if (part.kind() == Part.Kind.SERVER) {
      return !Ports.isFree(replica.httpPort());
    }
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + replica.managementPort() + "/q/health/ready")
                  .toURL()
                  .openConnection();
      connection.setConnectTimeout(HEALTH_TIMEOUT_MILLIS);
      connection.setReadTimeout(HEALTH_TIMEOUT_MILLIS);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void onReady() {
    if (part.scales()) {
      peers.add(replica);
    }
  }

  @Override
  public void onGone() {
    peers.remove(replica);
  }

  @Override
  public void stop(Child child, Duration grace) {
    child.stop(grace);
  }
}
