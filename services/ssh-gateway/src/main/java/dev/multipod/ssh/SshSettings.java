package dev.multipod.ssh;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Every limit of this service.
@ConfigMapping(prefix = "multipod.ssh")
public interface SshSettings {
  /// The YAML file with the targets. It is read again when it changes; what cannot be read leaves
  /// the targets as they were. Absent: there are none.
  Optional<Path> targetsFile();

  /// How connections are made.
  Connect connect();

  /// How many connections are kept.
  Pool pool();

  /// Commands.
  Exec exec();

  /// Files.
  Files files();

  /// How connections are made.
  interface Connect {
    /// From the first packet to the login, by the wall clock; then the socket is closed and the
    /// caller gets 504 `connect-timeout`.
    @WithDefault("15s")
    Duration timeout();

    /// How long one answer of a connected server may take (a channel opened, a file stated).
    @WithDefault("15s")
    Duration answer();

    /// How often a silent connection is asked whether it lives; five unanswered and it is closed.
    @WithDefault("15s")
    Duration keepAlive();

    /// How many refused logins in a row stop further ones: servers penalise the address they come
    /// from. Callers then get 502 `upstream-auth-failed` at once.
    @WithDefault("2")
    int authFailures();

    /// For how long.
    @WithDefault("60s")
    Duration authPause();
  }

  /// How many connections are kept.
  interface Pool {
    /// Connections to one target.
    @WithDefault("4")
    int connections();

    /// Commands and transfers at once on one connection. OpenSSH allows ten by default.
    @WithDefault("8")
    int channels();

    /// How long a caller waits for a place; then 503 `connections-busy`.
    @WithDefault("2s")
    Duration maxWait();

    /// How long an unused connection is kept.
    @WithDefault("60s")
    Duration idle();
  }

  /// Commands.
  interface Exec {
    /// The largest request, standard input included; more is 413.
    @WithDefault("1M")
    MemorySize maxRequest();

    /// The time a command has when the caller names none.
    @WithDefault("60s")
    Duration timeout();

    /// The longest time a caller may ask for; more is 422 `invalid-exec`.
    @WithDefault("1h")
    Duration maxTimeout();

    /// The bytes of output (stdout and stderr together) passed on when the caller names no number;
    /// what follows is read, counted and dropped, and the exit says `truncated`.
    @WithDefault("16M")
    MemorySize output();

    /// The most a caller may ask for; more is 422 `invalid-exec`.
    @WithDefault("1G")
    MemorySize maxOutput();

    /// The most of it that is held for an `application/json` answer.
    @WithDefault("1M")
    MemorySize maxBuffered();

    /// From TERM to KILL when a command is cancelled.
    @WithDefault("5s")
    Duration grace();

    /// How long running commands go on when this replica is told to stop; then they get TERM.
    @WithDefault("3s")
    Duration drain();

    /// Whether the audit line holds the command itself or only its SHA-256: commands may hold
    /// secrets.
    @WithDefault("false")
    boolean auditCommand();
  }

  /// Files.
  interface Files {
    /// The largest file that may be put; more is 413 and leaves nothing behind.
    @WithDefault("16G")
    MemorySize maxSize();

    /// How long a transfer may go without a byte.
    @WithDefault("60s")
    Duration stall();
  }
}
