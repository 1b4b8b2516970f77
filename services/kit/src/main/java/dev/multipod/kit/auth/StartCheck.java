package dev.multipod.kit.auth;

import io.quarkus.oidc.OidcRequestContext;
import io.quarkus.oidc.OidcTenantConfig;
import io.quarkus.oidc.TenantConfigResolver;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/// Refuses to start where tokens are asked for and none could be verified.
///
/// It is a tenant resolver that resolves nothing because of what its presence does: a default
/// tenant without any configuration is then no failure of the platform's own, with a message that
/// names half the choice, and this check gets to speak.
@ApplicationScoped
final class StartCheck implements TenantConfigResolver {
  private final AuthSettings settings;
  private final Optional<String> publicKey;
  private final Optional<String> issuer;
  private final Optional<String> authServer;
  private final boolean tenantEnabled;

  StartCheck(
      AuthSettings settings,
      @ConfigProperty(name = "quarkus.oidc.public-key") Optional<String> publicKey,
      @ConfigProperty(name = "quarkus.oidc.token.issuer") Optional<String> issuer,
      @ConfigProperty(name = "quarkus.oidc.auth-server-url") Optional<String> authServer,
      @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean tenantEnabled) {
    this.settings = settings;
    this.publicKey = publicKey;
    this.issuer = issuer;
    this.authServer = authServer;
    this.tenantEnabled = tenantEnabled;
  }

  void check(@Observes @Priority(1) StartupEvent event) {
    if (!settings.required()) {
      return;
    }
    if (!tenantEnabled) {
      throw new ConfigurationException(
          "MULTIPOD_AUTH_REQUIRED=true and QUARKUS_OIDC_TENANT_ENABLED=false contradict each other:"
              + " remove the second.");
    }
    if (publicKey.isEmpty() && authServer.isEmpty()) {
      throw new ConfigurationException(
          "This service answers only callers with a token (multipod.auth.required=true), and nothing"
              + " says whose tokens are good. Set QUARKUS_OIDC_AUTH_SERVER_URL (an issuer; in a"
              + " cluster https://kubernetes.default.svc), or QUARKUS_OIDC_PUBLIC_KEY with"
              + " QUARKUS_OIDC_TOKEN_ISSUER.");
    }
    if (publicKey.isPresent() && issuer.isEmpty()) {
      throw new ConfigurationException(
          "QUARKUS_OIDC_PUBLIC_KEY is set and QUARKUS_OIDC_TOKEN_ISSUER is not: a token's issuer"
              + " would go unchecked. Set both.");
    }
  }

  @Override
  public @Nullable Uni<OidcTenantConfig> resolve(
      RoutingContext request, OidcRequestContext<OidcTenantConfig> context) {
    return Uni.createFrom().nullItem();
  }
}
