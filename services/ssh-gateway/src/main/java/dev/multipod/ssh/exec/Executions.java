package dev.multipod.ssh.exec;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.ssh.Audit;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.connect.Connections;
import dev.multipod.ssh.connect.Lease;
import dev.multipod.ssh.connect.Timer;
import dev.multipod.ssh.target.Target;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.schmizz.sshj.connection.ConnectionException;
import net.schmizz.sshj.connection.channel.direct.Session;
import org.jboss.logging.Logger;

/// The commands that run through this replica, and the names of those that lately did.
@ApplicationScoped
class Executions {
  private static final Logger LOG = Logger.getLogger(Executions.class);
  private static final int REMEMBERED = 1000;

  /// What a cancel found.
  enum Cancel {
    STOPPING,
    FINISHED,
    UNKNOWN
  }

  /// A running command, for whom and since when.
  record Running(Execution execution, Target target, String caller, String line, long since) {}

  private final SshSettings.Exec settings;
  private final Connections connections;
  private final Timer timer;
  private final Replica replica;
  private final Audit audit;
  private final MeterRegistry metrics;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Running> running = new ConcurrentHashMap<>();
  private final Map<String, Boolean> finished =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  Executions(
      SshSettings settings,
      Connections connections,
      Timer timer,
      Replica replica,
      Audit audit,
      MeterRegistry metrics) {
    this.settings = settings.exec();
    this.connections = connections;
    this.timer = timer;
    this.replica = replica;
    this.audit = audit;
    this.metrics = metrics;
    metrics.gauge("multipod.ssh-gateway.executions.running", running, Map::size);
  }

  /// Starts a command. Whoever starts it ends it, with [#ended].
  ///
  /// @throws Problem before anything ran
  Running start(Target target, ExecRequest.Checked request, String caller)
      throws InterruptedException {
    Connections.Opened<Session> opened = connections.openSession(target);
    Lease lease = opened.lease();
    Session session = opened.channel();
    boolean started = false;
    try {
      for (Map.Entry<String, String> variable : request.env().entrySet()) {
        setVariable(session, variable);
      }
      Session.Command command = session.exec(request.line());
      String id = replica.name() + "." + HexFormat.of().toHexDigits(random.nextLong());
      Execution execution = new Execution(id, request, lease, session, command, settings, timer);
      Running run = new Running(execution, target, caller, request.line(), System.nanoTime());
      running.put(id, run);
      var _ = execution.begin();
      started = true;
      return run;
    } catch (IOException e) {
      LOG.warnf(
          "event=ssh-exec-failed target=%s cause=%s", target.name(), e.getClass().getSimpleName());
      throw Problem.of(
              502,
              "exec-refused",
              "The target did not start the command",
              "The server refused the command or the connection broke. It may restrict what its"
                  + " user runs (ForceCommand, a key's command=, a login shell that ends).")
          .with("target", target.name());
    } finally {
      if (!started) {
        discard(session, lease);
      }
    }
  }

  private static void setVariable(Session session, Map.Entry<String, String> variable)
      throws IOException {
    try {
      session.setEnvVar(variable.getKey(), variable.getValue());
    } catch (ConnectionException e) {
      throw Problem.of(
          422,
          "env-refused",
          "The server does not take this variable",
          "It refused '%s' (OpenSSH: AcceptEnv). Set it in the command instead: argv"
                  .formatted(variable.getKey())
              + " [\"env\", \"NAME=value\", …].");
    }
  }

  private static void discard(Session session, Lease lease) {
    try {
      session.close();
    } catch (IOException e) {
      lease.spoil();
    } finally {
      lease.close();
    }
  }

  /// Takes a command off the books, stopping it if it still runs.
  ///
  /// @param outcome `exit`, `lost` or `caller-gone`
  void ended(Running run, String outcome, Map<String, ?> details) {
    Execution execution = run.execution();
    execution.close();
    if (running.remove(execution.id()) == null) {
      return;
    }
    finished.put(execution.id(), true);
    Duration took = Duration.ofNanos(System.nanoTime() - run.since());
    metrics
        .timer("multipod.ssh-gateway.exec", "target", run.target().name(), "outcome", outcome)
        .record(took);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("execution", execution.id());
    if (settings.auditCommand()) {
      line.put("command", run.line());
    } else {
      line.put("commandSha256", IdempotencyKey.fingerprint(run.line()));
    }
    line.put("hostKey", execution.fingerprint());
    line.put("bytes", execution.bytes());
    line.put("outcome", outcome);
    line.putAll(details);
    line.put("millis", took.toMillis());
    audit.line("exec", run.caller(), run.target(), line);
  }

  Cancel cancel(String id, String caller) {
    Running run = running.get(id);
    if (run == null) {
      return finished.containsKey(id) ? Cancel.FINISHED : Cancel.UNKNOWN;
    }
    audit.line("cancel", caller, run.target(), Map.of("execution", id));
    var _ = run.execution().stop(Event.Reason.CANCELLED);
    return Cancel.STOPPING;
  }

  /// Commands get a moment more, and TERM before the time for open requests is over.
  void drain(@Observes ShutdownDelayInitiatedEvent event) {
    var _ = timer.in(settings.drain(), this::stopAll);
  }

  void stopping(@Observes ShutdownEvent event) {
    stopAll();
  }

  private void stopAll() {
    running.values().forEach(run -> run.execution().shutDown());
  }
}
