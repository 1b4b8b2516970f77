package dev.multipod.ssh.target;

import dev.multipod.ssh.connect.Connections;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// The targets by HTTP. Looking at one makes no connection.
@Path("/ssh-gateway/targets")
@Produces("application/json")
final class TargetResource {
  /// A target as callers see it.
  ///
  /// @param credential `password` or `private-key`; nothing more of it is told
  /// @param hostKeys the fingerprints that are accepted
  /// @param connections open ones of this replica
  /// @param loginsPaused whether the last logins were refused and further ones wait
  record View(
      String name,
      String host,
      int port,
      String user,
      String credential,
      List<Map<String, String>> hostKeys,
      List<String> allow,
      int connections,
      boolean loginsPaused) {}

  private final Targets targets;
  private final Connections connections;

  TargetResource(Targets targets, Connections connections) {
    this.targets = targets;
    this.connections = connections;
  }

  @GET
  @RunOnVirtualThread
  @Operation(summary = "All targets")
  public List<View> list() {
    return targets.list().stream().map(this::view).toList();
  }

  @GET
  @Path("/{target}")
  @RunOnVirtualThread
  @Operation(summary = "One target: its accepted host keys, and how it goes with it")
  public View one(@PathParam("target") String name) {
    return view(targets.require(name));
  }

  private View view(Target target) {
    return new View(
        target.name(),
        target.host(),
        target.port(),
        target.user(),
        switch (target.credential()) {
          case Credential.Password _ -> "password";
          case Credential.PrivateKey _ -> "private-key";
        },
        target.hostKeys().stream()
            .map(key -> Map.of("type", key.type(), "fingerprint", key.fingerprint()))
            .toList(),
        target.allow().stream().map(Target::label).sorted().toList(),
        connections.open(target),
        connections.loginsPaused(target));
  }
}
