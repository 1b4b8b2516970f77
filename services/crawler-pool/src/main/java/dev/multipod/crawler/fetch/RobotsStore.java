package dev.multipod.crawler.fetch;

import dev.multipod.crawler.address.Destination;
import dev.multipod.crawler.database.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.Optional;

/// What the sites' robots.txt said, shared by all replicas.
@ApplicationScoped
class RobotsStore {
  /// What a robots.txt, or its absence, means.
  enum Verdict {
    /// There are rules.
    rules,
    /// There is none: everything is allowed.
    allow,
    /// The site could not say: nothing is allowed.
    deny,
    /// The site asks to come again later.
    defer
  }

  /// A verdict.
  ///
  /// @param body of the rules, otherwise empty
  /// @param validFor how much longer it is believed
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Known(Verdict verdict, byte[] body, Duration validFor) {}

  private final Database database;

  RobotsStore(Database database) {
    this.database = database;
  }

  Optional<Known> find(Destination site) {
    return database.statement(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  """
                  SELECT verdict, body,
                         ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint
                  FROM robots WHERE origin = ? AND expires_at > clock_timestamp()""")) {
            select.setString(1, site.origin());
            try (ResultSet row = select.executeQuery()) {
              if (!row.next()) {
                return Optional.empty();
              }
              byte[] body = row.getBytes(2);
              return Optional.of(
                  new Known(
                      Verdict.valueOf(row.getString(1)),
                      body == null ? new byte[0] : body,
                      Duration.ofMillis(row.getLong(3))));
            }
          }
        });
  }

  void put(Destination site, Known known) {
    database.statement(
        connection -> {
          try (PreparedStatement upsert =
              connection.prepareStatement(
                  """
                  INSERT INTO robots (origin, verdict, body, expires_at)
                  VALUES (?, ?, ?, clock_timestamp() + ? * interval '1 ms')
                  ON CONFLICT (origin) DO UPDATE SET verdict = excluded.verdict,
                    body = excluded.body, expires_at = excluded.expires_at""")) {
            upsert.setString(1, site.origin());
            upsert.setString(2, known.verdict().name());
            upsert.setBytes(3, known.verdict() == Verdict.rules ? known.body() : null);
            upsert.setLong(4, known.validFor().toMillis());
            return upsert.executeUpdate();
          }
        });
  }
}
