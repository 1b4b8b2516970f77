package dev.multipod.ssh.connect;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.target.Credential;
import dev.multipod.ssh.target.Target;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import net.schmizz.sshj.Config;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.userauth.UserAuthException;
import net.schmizz.sshj.userauth.keyprovider.KeyProvider;
import net.schmizz.sshj.userauth.method.AuthMethod;
import net.schmizz.sshj.userauth.method.AuthPassword;
import net.schmizz.sshj.userauth.method.AuthPublickey;
import net.schmizz.sshj.userauth.password.PasswordFinder;
import net.schmizz.sshj.userauth.password.Resource;
import org.jboss.logging.Logger;

/// Makes one connection: a socket to a resolved address, a key exchange with a pinned key, one
/// login. All of it inside one time, by the wall clock.
@ApplicationScoped
class Dialer {
  private static final Logger LOG = Logger.getLogger(Dialer.class);

  /// A login that worked.
  ///
  /// @param fingerprint of the host key that the server showed
  record Connected(SSHClient client, GuardedSocket socket, String fingerprint) {}

  private final SshSettings.Connect settings;
  private final Timer timer;
  private final Config algorithms = Algorithms.restricted();

  Dialer(SshSettings settings, Timer timer) {
    this.settings = settings.connect();
    this.timer = timer;
  }

  /// @throws Problem 502 or 504, before anything ran at the target
  Connected dial(Target target, Breaker breaker) {
    breaker.check(target.name());
    GuardedSocket socket = new GuardedSocket();
    PinnedHostKeys hostKeys = new PinnedHostKeys(target);
    Timer.Appointment watchdog = timer.in(settings.timeout(), socket::expire);
    boolean connected = false;
    try {
      SSHClient client = connect(target, socket, hostKeys);
      login(client, target);
      breaker.accepted();
      socket.loginDone();
      connected = !socket.expired();
      return new Connected(client, socket, hostKeys.fingerprint());
    } catch (UserAuthException e) {
      if (socket.expired() || !refusedByServer(e)) {
        throw failed(target, socket, e);
      }
      breaker.refused();
      LOG.warnf("event=ssh-login-refused target=%s user=%s", target.name(), target.user());
      throw Breaker.authFailed(target.name());
    } catch (IOException e) {
      throw hostKeys.refusal().orElseGet(() -> failed(target, socket, e));
    } finally {
      watchdog.cancel();
      if (!connected) {
        socket.closeQuietly();
      }
    }
  }

  private SSHClient connect(Target target, GuardedSocket socket, PinnedHostKeys hostKeys)
      throws IOException {
    // Without it a warm command takes 44 ms instead of 2: Nagle against delayed acknowledgements.
    socket.setTcpNoDelay(true);
    socket.connect(
        new InetSocketAddress(InetAddress.getByName(target.host()), target.port()),
        (int) settings.timeout().toMillis());
    SSHClient client = new SSHClient(algorithms);
    client.setSocketFactory(socket.asFactory());
    client.addHostKeyVerifier(hostKeys);
    client.getTransport().setTimeoutMs((int) settings.timeout().toMillis());
    client.getConnection().setTimeoutMs((int) settings.answer().toMillis());
    client
        .getConnection()
        .getKeepAlive()
        .setKeepAliveInterval((int) Math.max(1, settings.keepAlive().toSeconds()));
    client.connect(target.host(), target.port());
    socket.handshakeDone();
    return client;
  }

  private static void login(SSHClient client, Target target) throws IOException {
    AuthMethod method =
        switch (target.credential()) {
          case Credential.Password(var file) -> new AuthPassword(new Once(secret(file)));
          case Credential.PrivateKey(var file, var passphrase) -> {
            KeyProvider keys;
            if (passphrase.isPresent()) {
              keys = client.loadKeys(file.toString(), new Once(secret(passphrase.get())));
            } else {
              keys = client.loadKeys(file.toString());
            }
            // Read here, so that an unreadable key is not taken for a refused one.
            keys.getPrivate();
            yield new AuthPublickey(keys);
          }
        };
    client.auth(target.user(), method);
  }

  private static char[] secret(java.nio.file.Path file) throws CredentialUnreadable {
    try {
      return Credential.read(file);
    } catch (IOException e) {
      throw new CredentialUnreadable(e);
    }
  }

  /// A login fails in this way too when the connection breaks; only a refusal counts as one.
  private static boolean refusedByServer(UserAuthException e) {
    return e.getCause() == null || e.getCause() instanceof UserAuthException;
  }

  private Problem failed(Target target, GuardedSocket socket, IOException cause) {
    LOG.warnf(
        "event=ssh-connect-failed target=%s timeout=%s cause=%s",
        target.name(), socket.expired(), cause.getClass().getSimpleName());
    if (socket.expired()) {
      return Problem.of(
              504,
              "connect-timeout",
              "The target did not answer in time",
              "No login within %d ms (multipod.ssh.connect.timeout). Check that an SSH server"
                      .formatted(settings.timeout().toMillis())
                  + " listens at the target's host and port.")
          .with("target", target.name());
    }
    return Problem.of(
            502,
            "connect-failed",
            "The target cannot be reached",
            "%s. Check the target's host and port, and that the server offers modern algorithms."
                .formatted(reason(cause)))
        .with("target", target.name());
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case java.net.UnknownHostException _ -> "The host name cannot be resolved";
      case java.net.ConnectException _ -> "The connection was refused";
      case java.net.NoRouteToHostException _ -> "There is no route to the host";
      case CredentialUnreadable _ -> "The gateway cannot read the target's secret";
      default -> "The connection broke before the login was done";
    };
  }

  private static final class CredentialUnreadable extends IOException {
    private static final long serialVersionUID = 1L;

    CredentialUnreadable(IOException cause) {
      super(cause);
    }
  }

  /// Gives a secret away once; the library clears what it got, this clears it when it did not ask.
  private static final class Once implements PasswordFinder {
    private final char[] secret;

    Once(char[] secret) {
      this.secret = secret;
    }

    @Override
    public char[] reqPassword(Resource<?> resource) {
      char[] given = secret.clone();
      Arrays.fill(secret, '\0');
      return given;
    }

    @Override
    public boolean shouldRetry(Resource<?> resource) {
      return false;
    }
  }
}
