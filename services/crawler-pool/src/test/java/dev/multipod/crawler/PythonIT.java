package dev.multipod.crawler;

import static dev.multipod.crawler.Client.expect;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.multipod.crawler.Client.Answer;
import dev.multipod.testkit.Child;
import dev.multipod.testkit.Tools;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The same calls to this machine's `multiprocessing.Pool` and to ours.
@ExtendWith(SharedRig.class)
final class PythonIT {
  private static final String PROGRAM =
      """
      import multiprocessing, time

      def work(n, sleep=0):
          time.sleep(sleep)
          return n ** 2

      def told(call):
          try:
              return str(call())
          except Exception as error:
              return type(error).__name__

      if __name__ == '__main__':
          pool = multiprocessing.get_context('fork').Pool(4)
          slow = pool.apply_async(work, (7, 2))
          print('get too early', told(lambda: slow.get(timeout=0.1)))
          print('join before close', told(pool.join))
          big = pool.apply_async(work, (10 ** 30,))
          print('get', told(lambda: big.get(timeout=30)))
          print('get again', told(lambda: big.get(timeout=30)))
          negative = pool.apply_async(work, (-3,))
          pool.close()
          print('close again', told(pool.close))
          print('apply after close', told(lambda: pool.apply_async(work, (1,))))
          print('join', told(pool.join))
          print('join again', told(pool.join))
          print('get after join', told(lambda: slow.get(timeout=0)))
          print('get after join, negative', told(lambda: negative.get(timeout=0)))
      """;

  /// What Python says, and how HTTP says the same.
  private static final Map<String, String> AS_HTTP =
      Map.of("ValueError", "409", "TimeoutError", "202", "None", "ok");

  private final Client client;

  PythonIT(Rig rig) {
    this.client = new Client(rig.first);
  }

  private static List<String> python() throws InterruptedException {
    Path python = Tools.require("python3", "the pool behaves as CPython's");
    try (Child child =
        Child.start(
            "python",
            List.of(python.toString(), "-c", PROGRAM),
            Map.of(),
            Path.of("."),
            line -> {})) {
      child.awaitEnd(Duration.ofSeconds(40));
      child.awaitOutput();
      return child.log().stream()
          .map(line -> line.substring(0, line.lastIndexOf(' ') + 1) + asHttp(line))
          .toList();
    }
  }

  private static String asHttp(String line) {
    String said = line.substring(line.lastIndexOf(' ') + 1);
    return AS_HTTP.getOrDefault(said, said);
  }

  private static String told(Answer answer) {
    JsonNode value = answer.status() == 200 ? answer.json().path("result").path("value") : null;
    if (value != null && value.isIntegralNumber()) {
      return value.bigIntegerValue().toString();
    }
    return answer.status() / 100 == 2 && answer.status() != 202 ? "ok" : "" + answer.status();
  }

  private String submit(String pool, BigInteger n, String sleep) {
    String task = "{\"kind\":\"square\",\"n\":%s,\"sleep\":\"%s\"}".formatted(n, sleep);
    return "/tasks/" + client.submitted(pool, task).getFirst();
  }

  @Test
  void theSameCallsTellTheSameAsCPythonsPool() throws InterruptedException {
    String pool = Rig.name();
    String path = "/pools/" + pool;
    List<String> ours = new ArrayList<>();
    client.makePool(pool, 4);

    String slow = submit(pool, BigInteger.valueOf(7), "2s");
    ours.add("get too early " + told(client.get(slow + "?timeout=100ms")));
    ours.add("join before close " + told(client.get(path + "/join?timeout=30s")));
    String big = submit(pool, BigInteger.TEN.pow(30), "0s");
    ours.add("get " + told(client.get(big + "?timeout=30s")));
    ours.add("get again " + told(client.get(big + "?timeout=30s")));
    String negative = submit(pool, BigInteger.valueOf(-3), "0s");
    expect(204, client.post(path + "/close", null));
    ours.add("close again " + told(client.post(path + "/close", null)));
    ours.add("apply after close " + told(client.submit(pool, "{\"kind\":\"square\",\"n\":1}")));
    ours.add("join " + told(client.get(path + "/join?timeout=30s")));
    ours.add("join again " + told(client.get(path + "/join?timeout=30s")));
    ours.add("get after join " + told(client.get(slow)));
    ours.add("get after join, negative " + told(client.get(negative)));

    assertEquals(python(), ours);
  }
}
