package dev.multipod.ssh.exec;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.ssh.exec.Event.Exit;
import dev.multipod.ssh.exec.Event.Lost;
import dev.multipod.ssh.exec.Event.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tells a caller what happens to a command, until its end.
final class Told {
  private final ObjectMapper json;
  private final Execution execution;

  Told(ObjectMapper json, Execution execution) {
    this.json = json;
    this.execution = execution;
  }

  /// Lines of JSON; each is sent at once.
  Event events(Map<String, ?> start, OutputStream out) throws IOException, InterruptedException {
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("event", "start");
    first.putAll(start);
    line(out, first);
    Map<String, Characters> decoders =
        Map.of("stdout", new Characters(), "stderr", new Characters());
    long seq = 0;
    while (true) {
      Event event = execution.next();
      switch (event) {
        case Output(String stream, byte[] bytes) -> {
          for (Characters.Piece piece : decoder(decoders, stream).add(bytes)) {
            line(out, output(stream, ++seq, piece));
          }
        }
        case Exit(Event.Ending ending) -> {
          for (String stream : new String[] {"stdout", "stderr"}) {
            for (Characters.Piece piece : decoder(decoders, stream).rest()) {
              line(out, output(stream, ++seq, piece));
            }
          }
          Map<String, Object> last = new LinkedHashMap<>();
          last.put("event", "exit");
          last.put("code", ending.code());
          last.put("signal", ending.signal());
          last.put("truncated", ending.truncated());
          last.put("reason", ending.reason());
          last.put("remoteMayBeRunning", ending.remoteMayBeRunning());
          line(out, last);
          return event;
        }
        case Lost(String reason) -> {
          Map<String, Object> last = new LinkedHashMap<>();
          last.put("event", "lost");
          last.put("detail", reason);
          line(out, last);
          return event;
        }
      }
    }
  }

  /// Standard output as it is. A lost connection breaks the answer off.
  Event text(OutputStream out) throws IOException, InterruptedException {
    while (true) {
      Event event = execution.next();
      switch (event) {
        case Output(String stream, byte[] bytes) -> {
          if (stream.equals("stdout")) {
            out.write(bytes);
            out.flush();
          }
        }
        case Exit _ -> {
          return event;
        }
        case Lost(String reason) -> throw new IOException(reason);
      }
    }
  }

  private static Characters decoder(Map<String, Characters> decoders, String stream) {
    Characters decoder = decoders.get(stream);
    if (decoder == null) {
      throw new IllegalStateException(stream);
    }
    return decoder;
  }

  private static Map<String, Object> output(String stream, long seq, Characters.Piece piece) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("event", stream);
    members.put("seq", seq);
    members.put(piece.text() ? "data" : "b64", piece.value());
    return members;
  }

  private void line(OutputStream out, Map<String, Object> members) throws IOException {
    out.write(json.writeValueAsBytes(members));
    out.write('\n');
    out.flush();
  }
}
