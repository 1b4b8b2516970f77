package dev.multipod.ssh.connect;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.target.Target;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.schmizz.sshj.connection.channel.OpenFailException;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.sftp.SFTPClient;

/// The pools of all targets of this replica.
@ApplicationScoped
public class Connections {
  private final SshSettings settings;
  private final Dialer dialer;
  private final MeterRegistry metrics;
  private final Map<String, Pool> pools = new ConcurrentHashMap<>();

  Connections(SshSettings settings, Dialer dialer, Timer timer, MeterRegistry metrics) {
    this.settings = settings;
    this.dialer = dialer;
    this.metrics = metrics;
    metrics.gauge(
        "multipod.ssh-gateway.connections",
        pools,
        all -> all.values().stream().mapToInt(Pool::size).sum());
    timer.every(Duration.ofSeconds(5), () -> pools.values().forEach(Pool::sweep));
  }

  /// A channel and the place it has. Close both, the channel first.
  public record Opened<C>(Lease lease, C channel) {}

  private interface Opening<C> {
    C on(Lease lease) throws IOException;
  }

  /// A channel for one command.
  ///
  /// @throws Problem 502, 503 or 504: why there is no channel
  public Opened<Session> openSession(Target target) throws InterruptedException {
    return open(target, Lease::openSession);
  }

  /// A channel for one transfer.
  ///
  /// @throws Problem 502, 503 or 504: why there is no channel
  public Opened<SFTPClient> openFiles(Target target) throws InterruptedException {
    return open(target, Lease::openFiles);
  }

  /// A pooled connection may have died unseen; nothing ran on it yet, so another one is tried.
  private <C> Opened<C> open(Target target, Opening<C> opening) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Lease lease = acquire(target);
      try {
        return new Opened<>(lease, opening.on(lease));
      } catch (OpenFailException e) {
        lease.close();
        throw Problem.of(
                503,
                "channel-refused",
                "The target takes no more sessions on a connection",
                "Retry later, or set multipod.ssh.pool.channels below the server's MaxSessions.")
            .with("target", target.name())
            .retryAfter(Duration.ofSeconds(1));
      } catch (IOException e) {
        lease.spoil();
        lease.close();
        if (attempt == 2) {
          throw Problem.of(
                  502,
                  "connect-failed",
                  "The target cannot be reached",
                  "The login went well and the channel did not open: %s. Retry; if it stays, look at"
                          .formatted(e.getClass().getSimpleName())
                      + " the server's log.")
              .with("target", target.name());
        }
      }
    }
  }

  private Lease acquire(Target target) throws InterruptedException {
    try {
      return pool(target).acquire();
    } catch (Problem problem) {
      metrics
          .counter(
              "multipod.ssh-gateway.refused", "target", target.name(), "problem", problem.slug())
          .increment();
      throw problem;
    }
  }

  /// Whether logins to it are paused because the last ones were refused.
  public boolean loginsPaused(Target target) {
    return pool(target).loginsPaused();
  }

  /// How many connections to it are open.
  public int open(Target target) {
    return pool(target).size();
  }

  /// A target that was configured anew gets new connections.
  private Pool pool(Target target) {
    return pools.compute(
        target.name(),
        (name, pool) -> {
          if (pool != null && pool.target().equals(target)) {
            return pool;
          }
          if (pool != null) {
            pool.retire();
          }
          return new Pool(target, settings, dialer);
        });
  }

  void stop(@Observes ShutdownEvent event) {
    pools.values().forEach(Pool::retire);
  }
}
