package dev.multipod.local;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What runs where, as lines.
final class Report {
  private static final String ROW = "%-16s %-18s %-10s %-28s %-10s %s";

  private Report() {}

  static List<String> table(Stack stack) {
    Stream<String> head =
        Stream.of(ROW.formatted("SERVICE", "REPLICA", "STATE", "ADDRESS", "OWN RAW", "PID"));
    Stream<String> servers = stack.servers().entrySet().stream().map(Report::server);
    Stream<String> parts =
        stack.groups().stream()
            .flatMap(group -> group.members().stream().map(member -> row(group.part(), member)));
    return Stream.of(head, servers, parts)
        .flatMap(lines -> lines)
        .map(String::stripTrailing)
        .collect(Collectors.toList());
  }

  private static String server(Map.Entry<Supervised, Integer> server) {
    return row(
        server.getKey().name(),
        server.getKey(),
        "127.0.0.1:" + server.getValue(),
        Optional.empty());
  }

  private static String row(Part part, Group.Member member) {
    Replica replica = member.replica();
    String scheme = part.kind() == Part.Kind.SERVER ? "" : "http://";
    return row(
        part.name(),
        member.process(),
        scheme + "127.0.0.1:" + replica.httpPort(),
        replica.rawPort().isPresent()
            ? Optional.of(Integer.toString(replica.rawPort().getAsInt()))
            : Optional.empty());
  }

  private static String row(
      String service, Supervised process, String address, Optional<String> raw) {
    return ROW.formatted(
        service,
        process.name(),
        process.state().name().toLowerCase(java.util.Locale.ROOT),
        address,
        raw.orElse(""),
        process.pid().map(pid -> Long.toString(pid)).orElse("-"));
  }

  /// What to type next.
  static List<String> hints(Settings settings, boolean tokens) {
    String base = "http://127.0.0.1:" + settings.port();
    Stream<String> lines =
        Stream.of(
            "",
            "one address   export MULTIPOD=" + base,
            "raw echoes    127.0.0.1:%d, TCP and UDP".formatted(settings.rawPort()));
    Stream<String> token =
        tokens
            ? Stream.of(
                "ssh-gateway   curl -H \"Authorization: Bearer $(cat '%s')\" %s/ssh-gateway/targets"
                    .formatted(settings.token(), base))
            : Stream.of();
    Stream<String> rest =
        Stream.of(
            "data          " + settings.data() + "  (kept; 'make clean' removes it)",
            "scale         make scale SERVICE=tcp-echo REPLICAS=3",
            "stop          Ctrl-C");
    return Stream.of(lines, token, rest).flatMap(all -> all).toList();
  }
}
