package dev.multipod.local;

import java.util.List;
import java.util.Map;

/// The whole system on one machine: `run`, and orders for the one that runs.
public final class Main {
  private static final String HELP =
      """
      multipod on one machine

        run                        start everything, until Ctrl-C
        scale SERVICE REPLICAS     as many replicas of a service, 0 to %d
        status                     what runs where
        --help                     this

      Variables of 'run' (and MULTIPOD_HOME of all):
        MULTIPOD_PORT      the one address (%d)
        MULTIPOD_RAW_PORT  the raw echoes, TCP and UDP (%d)
        MULTIPOD_SITE_PORT the demonstration site (%d)
        MULTIPOD_SSH_PORT  the demonstration SSH server (%d)
        MULTIPOD_HOME      the folder of data and of what a running stack keeps (.multipod)
        NO_COLOR           no colours
      """
          .formatted(
              Group.MOST_REPLICAS,
              Settings.DEFAULT_PORT,
              Settings.DEFAULT_RAW_PORT,
              Settings.DEFAULT_SITE_PORT,
              Settings.DEFAULT_SSH_PORT);

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    try {
      obey(List.of(arguments), System.getenv());
    } catch (Refusal e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void obey(List<String> words, Map<String, String> environment)
      throws InterruptedException {
    String order = words.isEmpty() ? "--help" : words.getFirst();
    if (order.equals("run") && words.size() == 1) {
      Settings settings = Settings.from(environment);
      List<Part> table = Table.of(settings);
      Table.requireBuilt(table);
      new Runner(settings, new Console(System.out, settings.colour()), table).run();
    } else if (order.equals("scale") && words.size() == 3) {
      new ControlClient(Settings.from(environment).run(), System.out)
          .scale(words.get(1), words.get(2));
    } else if (order.equals("status") && words.size() == 1) {
      new ControlClient(Settings.from(environment).run(), System.out).status();
    } else if (order.equals("--help") || order.equals("-h") || order.equals("help")) {
      System.out.print(HELP);
    } else {
      throw new Refusal("'%s' is not understood.\n\n%s".formatted(String.join(" ", words), HELP));
    }
  }
}
