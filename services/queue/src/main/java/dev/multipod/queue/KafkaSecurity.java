package dev.multipod.queue;

import io.smallrye.config.Expressions;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.eclipse.microprofile.config.Config;

/// How our clients show Kafka who they are, and know it: `multipod.kafka.*`. Without any of these
/// settings the connection is what Quarkus' own `kafka.*` say.
///
/// No mapping, as other settings have one: a mapping would expand `${…}` and `$$` in a password,
/// which is taken as it is.
@Singleton
final class KafkaSecurity {
  static final String USERNAME = "multipod.kafka.username";
  static final String PASSWORD = "multipod.kafka.password";
  static final String MECHANISM = "multipod.kafka.sasl-mechanism";
  static final String CA = "multipod.kafka.ca";
  static final String PROTOCOL = "multipod.kafka.security-protocol";

  private static final String PLAIN = "PLAIN";
  private static final Set<String> MECHANISMS = Set.of("SCRAM-SHA-512", "SCRAM-SHA-256", PLAIN);
  private static final String DEFAULT_MECHANISM = "SCRAM-SHA-512";

  private final Map<String, Object> settings;

  /// @throws IllegalArgumentException when they contradict each other; it never has the password
  KafkaSecurity(Config config) {
    this.settings = Expressions.withoutExpansion(() -> read(config));
  }

  /// What the clients' settings become.
  Map<String, Object> over(Map<String, Object> connection) {
    Map<String, Object> all = new HashMap<>(connection);
    all.putAll(settings);
    return Map.copyOf(all);
  }

  private static Map<String, Object> read(Config config) {
    Optional<String> username = value(config, USERNAME);
    Optional<String> password = value(config, PASSWORD);
    Optional<String> ca = value(config, CA);
    if (username.isPresent() != password.isPresent()) {
      throw new IllegalArgumentException(
          "%s and %s go together, and one of them is missing".formatted(USERNAME, PASSWORD));
    }
    Optional<SecurityProtocol> protocol = protocol(config, username.isPresent(), ca.isPresent());
    Map<String, Object> settings = new HashMap<>();
    protocol.ifPresent(
        each -> settings.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, each.name));
    if (username.isPresent()) {
      String mechanism = mechanism(config);
      settings.put(SaslConfigs.SASL_MECHANISM, mechanism);
      settings.put(
          SaslConfigs.SASL_JAAS_CONFIG,
          "%s required username=%s password=%s;"
              .formatted(
                  mechanism.equals(PLAIN)
                      ? PlainLoginModule.class.getName()
                      : ScramLoginModule.class.getName(),
                  quoted(username.get()),
                  quoted(password.orElseThrow())));
    }
    if (ca.isPresent()) {
      settings.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
      settings.put(SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG, ca.get());
    }
    return Map.copyOf(settings);
  }

  private static Optional<SecurityProtocol> protocol(Config config, boolean sasl, boolean ca) {
    Optional<String> name = value(config, PROTOCOL);
    if (name.isEmpty()) {
      if (!sasl && !ca) {
        return Optional.empty();
      }
      // A password goes over TLS, unless somebody says in so many words that it need not.
      return Optional.of(sasl ? SecurityProtocol.SASL_SSL : SecurityProtocol.SSL);
    }
    String wanted = name.get().toUpperCase(Locale.ROOT);
    if (!SecurityProtocol.names().contains(wanted)) {
      throw new IllegalArgumentException(
          "%s is one of %s, not '%s'".formatted(PROTOCOL, SecurityProtocol.names(), name.get()));
    }
    SecurityProtocol protocol = SecurityProtocol.forName(wanted);
    boolean knowsUsers = wanted.startsWith("SASL_");
    if (knowsUsers != sasl) {
      throw new IllegalArgumentException(
          "%s is %s, which %s: set it to %s, or %s %s"
              .formatted(
                  PROTOCOL,
                  wanted,
                  sasl ? "would not use the password" : "needs one",
                  sasl ? "SASL_SSL" : "SSL or PLAINTEXT",
                  sasl ? "remove" : "set",
                  USERNAME + " and " + PASSWORD));
    }
    if (ca && !wanted.endsWith("SSL")) {
      throw new IllegalArgumentException(
          "%s is set, and %s is %s, which is not TLS: remove one of them"
              .formatted(CA, PROTOCOL, wanted));
    }
    return Optional.of(protocol);
  }

  private static String mechanism(Config config) {
    String wanted = value(config, MECHANISM).orElse(DEFAULT_MECHANISM).toUpperCase(Locale.ROOT);
    if (!MECHANISMS.contains(wanted)) {
      throw new IllegalArgumentException(
          "%s is one of %s, not '%s'".formatted(MECHANISM, MECHANISMS, wanted));
    }
    return wanted;
  }

  private static Optional<String> value(Config config, String name) {
    return Optional.ofNullable(config.getConfigValue(name).getValue())
        .filter(value -> !value.isEmpty());
  }

  /// A string of a JAAS configuration, which Kafka reads as `java.io.StreamTokenizer` does: a
  /// backslash escapes, and a raw line end would end the string.
  private static String quoted(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r")
        + '"';
  }
}
