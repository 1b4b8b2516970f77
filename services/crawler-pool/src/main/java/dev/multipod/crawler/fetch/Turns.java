package dev.multipod.crawler.fetch;

import dev.multipod.crawler.address.Destination;
import dev.multipod.crawler.database.Database;
import dev.multipod.kit.input.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// One request to a host at a time, and a pause between two, over all replicas: whoever moves the
/// host's next permitted time forward, under its row's lock, has the turn.
@ApplicationScoped
class Turns {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  private final Database database;
  private final PolitenessSettings settings;
  private final Duration hold;
  private final Map<String, Duration> spacingFor = new HashMap<>();

  Turns(Database database, PolitenessSettings settings, FetchLimits limits) {
    this.database = database;
    this.settings = settings;
    // Longer than any request: a turn ends by itself only if its worker died.
    this.hold = limits.total().plusSeconds(2);
    settings.spacingFor().ifPresent(entries -> entries.forEach(this::addSpacing));
  }

  private void addSpacing(String entry) {
    int equals = entry.lastIndexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("a spacing is host:port=duration, not " + entry);
    }
    spacingFor.put(
        entry.substring(0, equals).strip(), Durations.parse(entry.substring(equals + 1).strip()));
  }

  /// The pause that this host is owed, besides what its robots.txt asks for.
  Duration spacing(Destination to) {
    return spacingFor.getOrDefault(to.authority(), settings.spacing());
  }

  /// Takes the turn if it is free.
  boolean tryTake(Destination to, long holder) {
    return database.statement(
        connection -> {
          try (PreparedStatement upsert =
              connection.prepareStatement(
                  """
                  INSERT INTO host_turn AS h (host, next_at, holder)
                  VALUES (?, clock_timestamp() + ? * interval '1 ms', ?)
                  ON CONFLICT (host) DO UPDATE
                    SET next_at = excluded.next_at, holder = excluded.holder
                    WHERE h.next_at <= clock_timestamp()""")) {
            upsert.setString(1, to.authority());
            upsert.setLong(2, hold.toMillis());
            upsert.setLong(3, holder);
            return upsert.executeUpdate() == 1;
          }
        });
  }

  /// Takes the turn, and waits for it if need be.
  ///
  /// @return false when it did not come in time
  boolean take(Destination to, long holder) throws InterruptedException {
    long deadline = System.nanoTime() + settings.maxTurnWait().toNanos();
    while (!tryTake(to, holder)) {
      long left = Math.min(remaining(to).toNanos(), deadline - System.nanoTime());
      if (deadline - System.nanoTime() <= 0) {
        return false;
      }
      Thread.sleep(Duration.ofNanos(Math.clamp(left, 1_000_000, LOOK_AGAIN.toNanos())));
    }
    return true;
  }

  private Duration remaining(Destination to) {
    return database.statement(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT ceil(extract(epoch FROM next_at - clock_timestamp()) * 1000)::bigint"
                      + " FROM host_turn WHERE host = ?")) {
            select.setString(1, to.authority());
            try (ResultSet row = select.executeQuery()) {
              return Duration.ofMillis(row.next() ? Math.max(row.getLong(1), 0) : 0);
            }
          }
        });
  }

  /// Gives the turn up; the host's next one is after the pause.
  void release(Destination to, long holder, Duration pause) {
    database.statement(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE host_turn SET holder = NULL,"
                      + " next_at = clock_timestamp() + ? * interval '1 ms'"
                      + " WHERE host = ? AND holder = ?")) {
            update.setLong(1, pause.toMillis());
            update.setString(2, to.authority());
            update.setLong(3, holder);
            return update.executeUpdate();
          }
        });
  }
}
