package dev.multipod.kit.auth;

import io.quarkus.arc.Unremovable;
import io.quarkus.oidc.common.OidcEndpoint;
import io.quarkus.oidc.common.OidcRequestFilter;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Shows this process's own token to the issuer: a Kubernetes API server gives its discovery
/// document and its keys to authenticated clients only.
@ApplicationScoped
@Unremovable
@OidcEndpoint({OidcEndpoint.Type.DISCOVERY, OidcEndpoint.Type.JWKS})
public class IssuerToken implements OidcRequestFilter {
  private final Optional<Path> file;

  IssuerToken(AuthSettings settings) {
    this.file = settings.issuerTokenFile();
  }

  @Override
  public Uni<Void> filter(OidcRequestFilterContext context) {
    if (file.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    Path path = file.get();
    return context.runBlocking(
        () ->
            context
                .request()
                .putHeader(HttpHeaders.AUTHORIZATION.toString(), "Bearer " + read(path)));
  }

  private static String read(Path path) {
    try {
      return Files.readString(path).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the issuer's token file (multipod.auth.issuer-token-file) cannot be read", e);
    }
  }
}
