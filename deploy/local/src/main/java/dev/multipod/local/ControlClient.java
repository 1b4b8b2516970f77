package dev.multipod.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Gives an order to the running stack and prints what it says.
final class ControlClient {
  private static final int CONNECT_MILLIS = 2000;

  private final Path file;
  private final PrintStream out;

  ControlClient(Path run, PrintStream out) {
    this.file = run.resolve(Control.FILE);
    this.out = out;
  }

  void scale(String service, String replicas) {
    if (!service.matches("[a-z0-9-]+")) {
      throw new Refusal("SERVICE is '" + service + "': a name such as tcp-echo is meant.");
    }
    if (!replicas.matches("[0-9]{1,4}")) {
      throw new Refusal(
          "REPLICAS is '%s': a number from 0 to %d is meant."
              .formatted(replicas, Group.MOST_REPLICAS));
    }
    send("/scale/" + service + "/" + replicas);
  }

  void status() {
    send("/status");
  }

  private void send(String order) {
    try {
      String[] words = Files.readString(file).split(" ", 2);
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + words[0] + order).toURL().openConnection();
      connection.setConnectTimeout(CONNECT_MILLIS);
      connection.setRequestProperty("Authorization", words[1]);
      print(connection);
    } catch (IOException e) {
      throw new Refusal("No stack is running here; start it with 'make run'.", e);
    }
  }

  private void print(HttpURLConnection connection) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals(Control.OK)) {
          return;
        }
        if (line.startsWith(Control.ERROR)) {
          throw new Refusal(line.substring(Control.ERROR.length()));
        }
        out.println(line);
      }
    }
    throw new Refusal("The stack ended before it was done.");
  }
}
