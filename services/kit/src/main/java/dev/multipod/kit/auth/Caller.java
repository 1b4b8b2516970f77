package dev.multipod.kit.auth;

import dev.multipod.kit.problem.Problem;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.jwt.JsonWebToken;

/// Who makes the current request. Ask on the thread that serves it.
@ApplicationScoped
public class Caller {
  private final AuthSettings settings;
  private final SecurityIdentity identity;

  Caller(AuthSettings settings, SecurityIdentity identity) {
    this.settings = settings;
    this.identity = identity;
  }

  /// The token's subject, `anonymous` when no token is asked for.
  public String name() {
    if (!settings.required() || identity.isAnonymous()) {
      return "anonymous";
    }
    return identity.getPrincipal() instanceof JsonWebToken token && token.getSubject() != null
        ? token.getSubject()
        : identity.getPrincipal().getName();
  }

  /// Asks for more than the method alone does. Everybody has every role when no token is asked for.
  ///
  /// @throws Problem 403 `forbidden`
  public void require(Role role) {
    if (settings.required() && !identity.hasRole(role.label())) {
      throw Problem.of(
          403,
          "forbidden",
          "The token does not allow this",
          "This call needs the role '%s'; ask the operator for it.".formatted(role.label()));
    }
  }
}
