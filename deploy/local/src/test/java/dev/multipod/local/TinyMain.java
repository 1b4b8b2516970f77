package dev.multipod.local;

import dev.multipod.local.Part.Kind;
import dev.multipod.local.Part.Need;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The real stack around tiny services: `servers` as an argument adds PostgreSQL and Kafka.
final class TinyMain {
  private TinyMain() {}

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.from(System.getenv());
    boolean servers = List.of(arguments).contains("servers");
    boolean failing = List.of(arguments).contains("failing");
    List<Part> table =
        List.of(
            part(
                "one",
                Kind.RAW,
                OptionalInt.empty(),
                servers ? Set.of(Need.POSTGRES, Need.KAFKA) : Set.of(Need.TOKENS),
                Map.of()),
            part(
                "two",
                Kind.SERVICE,
                OptionalInt.empty(),
                Set.of(),
                failing ? Map.of("TINY_FAIL", "1") : Map.of()),
            part("gateway", Kind.GATEWAY, OptionalInt.of(settings.port()), Set.of(), Map.of()));
    try {
      new Runner(settings, new Console(System.out, settings.colour()), table).run();
    } catch (Refusal e) {
      System.out.println(e.getMessage());
      System.exit(1);
    }
  }

  private static Part part(
      String name, Kind kind, OptionalInt port, Set<Need> needs, Map<String, String> environment) {
    List<String> program =
        List.of("-cp", System.getProperty("java.class.path"), TinyService.class.getName());
    return new Part(name, program, 1, "32m", kind, port, needs, environment);
  }
}
