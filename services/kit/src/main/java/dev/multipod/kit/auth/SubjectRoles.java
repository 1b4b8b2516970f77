package dev.multipod.kit.auth;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.SecurityIdentityAugmentor;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;

/// Gives a caller its roles: those in the token's groups, the one its subject has by configuration,
/// and the default one; and with each the roles it holds.
@ApplicationScoped
final class SubjectRoles implements SecurityIdentityAugmentor {
  private final Map<String, Role> bySubject;
  private final Optional<Role> byDefault;

  SubjectRoles(AuthSettings settings) {
    this.bySubject = parse(settings.subjects().orElse(List.of()));
    this.byDefault = settings.defaultRole();
  }

  private static Map<String, Role> parse(List<String> entries) {
    Map<String, Role> roles = new HashMap<>();
    for (String entry : entries) {
      int split = entry.lastIndexOf('=');
      Role role =
          Role.labelled(entry.substring(split + 1).strip())
              .orElseThrow(
                  () ->
                      new ConfigurationException(
                          "multipod.auth.subjects: '"
                              + entry
                              + "' is not SUBJECT=ROLE with observe, use or operate as the role."));
      roles.put(entry.substring(0, Math.max(0, split)).strip(), role);
    }
    return Map.copyOf(roles);
  }

  @Override
  public Uni<SecurityIdentity> augment(
      SecurityIdentity identity, AuthenticationRequestContext context) {
    if (identity.isAnonymous()) {
      return Uni.createFrom().item(identity);
    }
    Set<String> labels = new HashSet<>();
    identity.getRoles().forEach(group -> add(labels, Role.labelled(group)));
    if (identity.getPrincipal() instanceof JsonWebToken token && token.getSubject() != null) {
      add(labels, Optional.ofNullable(bySubject.get(token.getSubject())));
    }
    add(labels, byDefault);
    return Uni.createFrom()
        .item(QuarkusSecurityIdentity.builder(identity).addRoles(labels).build());
  }

  private static void add(Set<String> labels, Optional<Role> role) {
    role.ifPresent(found -> labels.addAll(found.labels()));
  }
}
