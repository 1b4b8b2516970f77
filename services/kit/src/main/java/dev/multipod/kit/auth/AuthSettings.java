package dev.multipod.kit.auth;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Who may call.
@ConfigMapping(prefix = "multipod.auth")
public interface AuthSettings {
  /// Whether every call needs a valid token. Without one it is answered with 401.
  @WithDefault("false")
  boolean required();

  /// Roles by the token's subject, for issuers whose tokens name no groups:
  /// `system:serviceaccount:shop:till=use`, separated by commas. The role a subject has here is
  /// added to those in its token.
  Optional<List<String>> subjects();

  /// The role of every caller with a valid token. Absent: none, and a caller who is named nowhere
  /// is answered with 403.
  Optional<Role> defaultRole();

  /// A file with the token that the issuer's own discovery asks for; it is read again for each
  /// request to the issuer, because such tokens are renewed in place. Absent: none is sent.
  Optional<Path> issuerTokenFile();
}
