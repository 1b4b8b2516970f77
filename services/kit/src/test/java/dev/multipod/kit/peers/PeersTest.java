package dev.multipod.kit.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersTest {
  private record Settings(
      Optional<Path> directory, String host, int httpPort, int rawPort, Duration maxAge)
      implements PeerSettings {}

  @Test
  void aFolderTellsTheReplicasAndAChangeIsSeen(@TempDir Path folder) throws Exception {
    Peers peers = new Peers(new Settings(Optional.of(folder), "unused", 1, 1, Duration.ZERO));
    assertEquals(List.of(), peers.of("tcp-echo"));
    Files.writeString(
        folder.resolve("tcp-echo"),
        "tcp-echo-1 127.0.0.1 18001 19001\ntcp-echo-2 127.0.0.1 18002\n");
    assertEquals(
        List.of(
            new Peer("tcp-echo-1", "127.0.0.1", 18001, OptionalInt.of(19001)),
            new Peer("tcp-echo-2", "127.0.0.1", 18002, OptionalInt.empty())),
        peers.of("tcp-echo"));
    Files.writeString(folder.resolve("tcp-echo"), "");
    assertEquals(List.of(), peers.of("tcp-echo"));
  }

  @Test
  void dnsTellsTheAddressesAndEachReplicaItsOwnName() throws Exception {
    HttpServer replica =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    replica.createContext(
        "/tcp-echo/replica",
        exchange -> {
          exchange.getResponseHeaders().add("Multipod-Replica", "tcp-echo-6f7-x2x");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    replica.start();
    try {
      int port = replica.getAddress().getPort();
      Peers peers =
          new Peers(new Settings(Optional.empty(), "localhost", port, 9007, Duration.ZERO));
      assertTrue(
          peers.of("tcp-echo").stream()
              .anyMatch(
                  peer ->
                      peer.name().equals("tcp-echo-6f7-x2x")
                          && peer.rawPort().equals(OptionalInt.of(9007))));
    } finally {
      replica.stop(0);
    }
  }

  @Test
  void aNameThatDnsDoesNotKnowHasNoReplicas() {
    Peers peers =
        new Peers(new Settings(Optional.empty(), "{service}.invalid", 1, 1, Duration.ZERO));
    assertEquals(List.of(), peers.of("nothing"));
  }
}
