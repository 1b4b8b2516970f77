package dev.multipod.crawler.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.crawler.address.Refusals;
import dev.multipod.crawler.pool.PoolSettings;
import dev.multipod.kit.input.Durations;
import dev.multipod.kit.input.Text;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads submitted tasks. All are checked before any is taken.
@ApplicationScoped
class TaskReader {
  private final ObjectMapper json;
  private final TaskSettings settings;
  private final PoolSettings pools;
  private final Refusals refusals;

  TaskReader(ObjectMapper json, TaskSettings settings, PoolSettings pools, Refusals refusals) {
    this.json = json;
    this.settings = settings;
    this.pools = pools;
    this.refusals = refusals;
  }

  /// A task that may be submitted.
  ///
  /// @param host whose turn it needs; empty when none
  record Checked(TaskSpec spec, String host) {}

  /// Reads one task, or an array of one or more.
  ///
  /// @throws Problem 400, 413 or 422; with `index`, counted from 0, where it was an array
  List<Checked> read(byte[] body) throws JsonProcessingException {
    JsonNode root =
        json.reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .readTree(Text.utf8(body));
    if (!root.isArray()) {
      return List.of(task(root));
    }
    if (root.isEmpty()) {
      throw invalid("The array has no task.");
    }
    if (root.size() > pools.tasksAtOnce()) {
      throw Problem.of(
              413,
              "too-many-tasks",
              "Too many tasks in one call",
              "Send at most %d at once, each part with a key of its own."
                  .formatted(pools.tasksAtOnce()))
          .with("limit", pools.tasksAtOnce());
    }
    List<Checked> tasks = new ArrayList<>(root.size());
    for (JsonNode node : root) {
      try {
        tasks.add(task(node));
      } catch (Problem problem) {
        throw problem.with("index", tasks.size());
      }
    }
    return tasks;
  }

  private Checked task(JsonNode node) {
    if (!node.isObject()) {
      throw invalid("A task is a JSON object with a 'kind', or an array of such objects.");
    }
    return switch (node.path("kind").asText()) {
      case "square" -> new Checked(square(node), "");
      case "fetch" -> fetch(node);
      default -> throw invalid("'kind' is 'square' or 'fetch'.");
    };
  }

  private TaskSpec.Square square(JsonNode node) {
    onlyKnown(node, Set.of("kind", "n", "sleep"));
    JsonNode n = node.path("n");
    if (!n.isIntegralNumber()) {
      throw invalid("A square has a whole number 'n'.");
    }
    if (n.bigIntegerValue().abs().toString().length() > settings.maxDigits()) {
      throw invalid("'n' has at most %d digits.".formatted(settings.maxDigits()));
    }
    Duration sleep = Duration.ZERO;
    if (node.has("sleep")) {
      if (!node.path("sleep").isTextual()) {
        throw invalid("'sleep' is a duration such as \"2s\".");
      }
      sleep = Durations.parse(node.path("sleep").textValue());
    }
    if (sleep.compareTo(settings.maxSleep()) > 0) {
      throw invalid("'sleep' is at most %s.".formatted(Durations.format(settings.maxSleep())));
    }
    return new TaskSpec.Square(n.bigIntegerValue(), sleep);
  }

  private Checked fetch(JsonNode node) {
    onlyKnown(node, Set.of("kind", "url"));
    if (!node.path("url").isTextual()) {
      throw invalid("A fetch has a 'url'.");
    }
    String url = node.path("url").textValue();
    return switch (refusals.judge(url)) {
      case Refusals.Permitted permitted ->
          new Checked(new TaskSpec.Fetch(url), permitted.destination().authority());
      case Refusals.Refused refused ->
          throw Problem.of(
              422,
              refused.code(),
              refused.code().equals(Refusals.ADDRESS_DENIED)
                  ? "This destination is not permitted"
                  : "This URL is not fetched from here",
              refused.why());
    };
  }

  private static void onlyKnown(JsonNode node, Set<String> known) {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw Problem.of(
                    400,
                    "unknown-member",
                    "A member that is not known here",
                    "A task of this kind has only the members %s."
                        .formatted(known.stream().sorted().toList()));
              }
            });
  }

  private static Problem invalid(String detail) {
    return Problem.of(422, "invalid-task", "This cannot be a task", detail);
  }
}
