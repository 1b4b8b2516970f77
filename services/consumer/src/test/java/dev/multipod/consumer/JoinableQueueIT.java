package dev.multipod.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.consumer.QueueStack.Answer;
import dev.multipod.testkit.Tools;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The same operations against CPython's `multiprocessing.JoinableQueue` and against the services.
class JoinableQueueIT {
  private static final String ORACLE =
      """
      import json, multiprocessing, queue, sys, threading
      q = multiprocessing.JoinableQueue(3)
      answers = []
      for op in json.loads(sys.argv[1]):
          kind, _, item = op.partition(' ')
          try:
              if kind == 'put':
                  q.put(item, timeout=0.3); answers.append('put')
              elif kind == 'get':
                  answers.append('got ' + q.get(timeout=1))
              elif kind == 'task_done':
                  q.task_done(); answers.append('done')
              else:
                  joiner = threading.Thread(target=q.join, daemon=True)
                  joiner.start(); joiner.join(0.3)
                  answers.append('waits' if joiner.is_alive() else 'joined')
          except queue.Full:
              answers.append('Full')
          except queue.Empty:
              answers.append('Empty')
          except ValueError as e:
              answers.append(str(e))
      print(json.dumps(answers))
      """;

  private static final List<String> OPERATIONS =
      List.of(
          "join",
          "put a",
          "join",
          "put b",
          "put c",
          "put d",
          "get",
          "put d",
          "put e",
          "task_done",
          "join",
          "get",
          "get",
          "get",
          "get",
          "task_done",
          "task_done",
          "join",
          "task_done",
          "join",
          "task_done",
          "put f",
          "join",
          "get",
          "join",
          "task_done",
          "join",
          "task_done",
          "get");

  private final QueueStack stack = QueueStack.get();
  private final String queue = stack.queue("\"maxsize\": 3");
  private final Deque<String> held = new ArrayDeque<>();
  private String last = "";

  /// Items that nobody has got.
  private int waiting;

  @Test
  void everyOperationAnswersAsInPython() throws Exception {
    ObjectMapper json = new ObjectMapper();
    Tools.require("python3", "that the queue answers as CPython's JoinableQueue does");
    Process python =
        new ProcessBuilder("python3", "-c", ORACLE, json.writeValueAsString(OPERATIONS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> ours = new ArrayList<>();
    for (String operation : OPERATIONS) {
      ours.add(operation + ": " + run(operation));
    }
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<String> answers = json.readValue(said, new TypeReference<>() {});
    List<String> pythons = new ArrayList<>();
    for (int i = 0; i < OPERATIONS.size(); i++) {
      pythons.add(OPERATIONS.get(i) + ": " + answers.get(i));
    }
    assertEquals(pythons, ours);
  }

  private String run(String operation) {
    if (operation.startsWith("put ")) {
      return put(operation.substring(4));
    }
    return switch (operation) {
      case "get" -> get();
      case "task_done" -> taskDone();
      default -> join();
    };
  }

  private String join() {
    return switch (stack.join(1, queue, "300ms").status()) {
      case 200 -> "joined";
      case 202 -> "waits";
      default -> "unknown";
    };
  }

  private String put(String item) {
    // Long where it must succeed: a place is free when the owner has heard of the get, not with it.
    Answer answer = stack.put(0, queue, item, waiting < 3 ? "30s" : "2s");
    waiting += answer.status() == 201 ? 1 : 0;
    return answer.status() == 429 ? "Full" : answer.status() == 201 ? "put" : answer.toString();
  }

  private String get() {
    Answer answer = stack.take(held.size() % 2, queue, waiting > 0 ? "30s" : "1s");
    if (answer.status() == 204) {
      return "Empty";
    }
    waiting--;
    held.add(answer.ackUrl());
    return "got " + answer.data();
  }

  /// Of the oldest item in hand; once more of the last one when there is none.
  private String taskDone() {
    last = held.isEmpty() ? last : held.remove();
    Answer answer = stack.acknowledge(1, last, "done");
    return answer.status() == 204 ? "done" : answer.json().path("title").asText();
  }
}
