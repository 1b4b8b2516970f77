package dev.multipod.producer;

import dev.multipod.queue.Forward;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a run asks of a queue's owner. It goes to another replica with the headers of whoever began
/// the run, and ends when the run is asked to stop.
final class RunCall implements Forward.Call {
  private final Run run;
  private final String method;
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  RunCall(Run run, String method, Map<String, String> headers) {
    this.run = run;
    this.method = method;
    this.headers.putAll(headers);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  @Override
  public boolean gone() {
    return run.isStopping();
  }

  @Override
  public void answerHeader(String name, String value) {
    throw new IllegalStateException("nobody passed this call on: " + name);
  }
}
