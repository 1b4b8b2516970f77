package dev.multipod.ssh.connect;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.target.HostKey;
import dev.multipod.ssh.target.Target;
import java.security.PublicKey;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import net.schmizz.sshj.common.Buffer;
import net.schmizz.sshj.common.KeyType;
import net.schmizz.sshj.transport.verification.HostKeyVerifier;

/// Accepts the keys of one target's configuration and no other, and remembers what it was shown.
/// One for each connection.
final class PinnedHostKeys implements HostKeyVerifier {
  private final Target target;
  private volatile Optional<HostKey> shown = Optional.empty();

  PinnedHostKeys(Target target) {
    this.target = target;
  }

  @Override
  public boolean verify(String hostname, int port, PublicKey key) {
    byte[] encoded = new Buffer.PlainBuffer().putPublicKey(key).getCompactData();
    HostKey presented =
        new HostKey(KeyType.fromKey(key).toString(), Base64.getEncoder().encodeToString(encoded));
    shown = Optional.of(presented);
    return target.hostKeys().contains(presented);
  }

  /// Makes the server show a key of a type that is known here, if it has one.
  @Override
  public List<String> findExistingAlgorithms(String hostname, int port) {
    return target.hostKeys().stream().map(HostKey::type).distinct().toList();
  }

  /// The key that was accepted.
  String fingerprint() {
    return shown.map(HostKey::fingerprint).orElse("none");
  }

  /// What a refused key means; empty when no key was refused.
  Optional<Problem> refusal() {
    return shown
        .filter(key -> !target.hostKeys().contains(key))
        .map(key -> refusal(key).with("target", target.name()).with("shown", key.fingerprint()));
  }

  private Problem refusal(HostKey key) {
    boolean sameType =
        target.hostKeys().stream().anyMatch(known -> known.type().equals(key.type()));
    return sameType
        ? Problem.of(
            502,
            "host-key-mismatch",
            "The server's host key is not the configured one",
            "Somebody may be in between, or the server was set up anew. Nothing was sent. When you"
                + " know why it changed, put the new key into the targets file.")
        : Problem.of(
            502,
            "host-key-unknown",
            "The server's host key is not configured",
            "Compare the fingerprint with the server's (ssh-keygen -l -f"
                + " /etc/ssh/ssh_host_…_key.pub) and put the key into the targets file.");
  }
}
