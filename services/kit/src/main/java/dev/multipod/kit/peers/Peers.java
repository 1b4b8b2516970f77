package dev.multipod.kit.peers;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/// The replicas of a service that can take requests now: from a folder that the local stack keeps,
/// or from the DNS name of a headless Service. Blocking; call it on a virtual or worker thread.
@ApplicationScoped
public class Peers {
  private static final Logger LOG = Logger.getLogger(Peers.class);
  private static final Duration IDENTIFY_TIMEOUT = Duration.ofSeconds(2);

  private record Answer(List<Peer> peers, long at) {}

  private final PeerSettings settings;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> namesByAddress = new ConcurrentHashMap<>();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(IDENTIFY_TIMEOUT)
          .build();

  Peers(PeerSettings settings) {
    this.settings = settings;
    // The JDK keeps a name's addresses for 30 s by default: far too long for replicas that come and
    // go.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  /// The replicas of one service.
  ///
  /// @return every known replica, in no order; empty when there is none
  public List<Peer> of(String service) {
    Optional<Path> folder = settings.directory();
    if (folder.isPresent()) {
      return fromFile(folder.get(), service); // cheap, and what was just scaled is seen at once
    }
    Answer known = answers.get(service);
    if (known != null && System.nanoTime() - known.at < settings.maxAge().toNanos()) {
      return known.peers;
    }
    List<Peer> peers = fromDns(service);
    answers.put(service, new Answer(peers, System.nanoTime()));
    return peers;
  }

  private static List<Peer> fromFile(Path folder, String service) {
    try {
      List<Peer> peers = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve(service))) {
        String[] part = line.strip().split(" +", -1);
        if (part.length >= 3) {
          OptionalInt raw =
              part.length > 3 ? OptionalInt.of(Integer.parseInt(part[3])) : OptionalInt.empty();
          peers.add(new Peer(part[0], part[1], Integer.parseInt(part[2]), raw));
        }
      }
      return List.copyOf(peers);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      LOG.warnf("event=peers-unreadable service=%s cause=%s", service, e);
      return List.of();
    }
  }

  private List<Peer> fromDns(String service) {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(settings.host().replace("{service}", service));
    } catch (UnknownHostException e) {
      return List.of();
    }
    Map<String, String> names =
        namesByAddress.computeIfAbsent(service, ignored -> new ConcurrentHashMap<>());
    List<Peer> peers = new ArrayList<>();
    for (InetAddress address : addresses) {
      String host = address.getHostAddress();
      Optional<String> name = Optional.ofNullable(names.get(host)).or(() -> askName(service, host));
      name.ifPresent(found -> names.put(host, found));
      peers.add(
          new Peer(
              name.orElse(host), host, settings.httpPort(), OptionalInt.of(settings.rawPort())));
    }
    // An address that left may come back as another pod: forget its name.
    Set<String> present = peers.stream().map(Peer::host).collect(Collectors.toSet());
    names.keySet().retainAll(present);
    return List.copyOf(peers);
  }

  private Optional<String> askName(String service, String host) {
    String literal = host.contains(":") ? "[" + host + "]" : host;
    URI uri =
        URI.create("http://%s:%d/%s/replica".formatted(literal, settings.httpPort(), service));
    try {
      HttpResponse<Void> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(IDENTIFY_TIMEOUT).build(),
              HttpResponse.BodyHandlers.discarding());
      return answer.headers().firstValue("Multipod-Replica");
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
