package dev.multipod.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The folder in which processes find the replicas of a service: a file for each, one ready replica
/// a line.
final class PeersFiles {
  private final Path folder;
  private final Map<String, Map<Integer, Replica>> replicas = new TreeMap<>();

  PeersFiles(Path folder) {
    this.folder = folder;
  }

  synchronized void add(Replica replica) {
    of(replica.service()).put(replica.number(), replica);
    write(replica.service());
  }

  synchronized void remove(Replica replica) {
    if (of(replica.service()).remove(replica.number()) != null) {
      write(replica.service());
    }
  }

  private Map<Integer, Replica> of(String service) {
    return replicas.computeIfAbsent(service, ignored -> new TreeMap<>());
  }

  private void write(String service) {
    String lines =
        of(service).values().stream()
            .map(replica -> replica.peer() + "\n")
            .collect(Collectors.joining());
    try {
      Files.createDirectories(folder);
      Path fresh = Files.writeString(folder.resolve("." + service + ".new"), lines);
      Files.move(fresh, folder.resolve(service), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
