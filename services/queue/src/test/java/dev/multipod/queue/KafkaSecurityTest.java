package dev.multipod.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaSecurityTest {
  @Test
  void withoutItsSettingsTheConnectionStaysAsItIs() {
    Map<String, Object> connection =
        Map.of("bootstrap.servers", "kafka:9092", "security.protocol", "SASL_SSL");

    assertEquals(connection, security(Map.of()).over(connection));
  }

  @Test
  void aPasswordGoesOverTls() {
    Map<String, Object> client = client(Map.of("username", "ada", "password", "secret"));

    assertEquals("SASL_SSL", client.get("security.protocol"));
    assertEquals("SCRAM-SHA-512", client.get("sasl.mechanism"));
  }

  @Test
  void anAuthorityAloneIsTls() {
    Map<String, Object> client = client(Map.of("ca", "/ca.pem"));

    assertEquals("SSL", client.get("security.protocol"));
    assertEquals("PEM", client.get("ssl.truststore.type"));
    assertEquals("/ca.pem", client.get("ssl.truststore.location"));
    assertFalse(client.containsKey("sasl.jaas.config"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "with space; and semicolon",
        "\"quoted\" and 'quoted'",
        "back\\slash \\\" \\n",
        "${HOME} $$ ${no.such.setting} $",
        "line\r\nend\ttab",
        "// no comment /* nor this */ # !",
        "пароль ünïcode"
      })
  void kafkaReadsTheCredentialsAsTheyWereGiven(String secret) {
    Map<String, Object> client =
        client(Map.of("username", secret, "password", secret + secret, "sasl-mechanism", "plain"));

    var entries =
        JaasContext.loadClientContext(
                Map.of(
                    "sasl.jaas.config",
                    new Password(String.valueOf(client.get("sasl.jaas.config")))))
            .configurationEntries();
    assertEquals(1, entries.size());
    assertEquals(
        "org.apache.kafka.common.security.plain.PlainLoginModule",
        entries.getFirst().getLoginModuleName());
    assertEquals(
        Map.of("username", secret, "password", secret + secret), entries.getFirst().getOptions());
  }

  @Test
  void whatContradictsItselfIsRefusedWithoutThePassword() {
    assertTrue(refusal(Map.of("username", "ada")).contains("go together"));
    assertTrue(refusal(Map.of("password", "s3cret")).contains("go together"));
    Map<String, String> credentials = Map.of("username", "ada", "password", "s3cret");
    assertTrue(refusal(with(credentials, "sasl-mechanism", "GSSAPI")).contains("is one of"));
    assertTrue(refusal(with(credentials, "security-protocol", "TLS")).contains("is one of"));
    assertTrue(
        refusal(with(credentials, "security-protocol", "SSL"))
            .contains("would not use the password"));
    assertTrue(refusal(Map.of("security-protocol", "SASL_SSL")).contains("needs one"));
    assertTrue(
        refusal(with(with(credentials, "security-protocol", "SASL_PLAINTEXT"), "ca", "/ca.pem"))
            .contains("not TLS"));
  }

  private static String refusal(Map<String, String> settings) {
    String text =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> security(settings)).getMessage());
    assertFalse(text.contains("s3cret"), text);
    return text;
  }

  private static Map<String, String> with(Map<String, String> some, String name, String value) {
    Map<String, String> all = new HashMap<>(some);
    all.put(name, value);
    return all;
  }

  private static Map<String, Object> client(Map<String, String> settings) {
    return security(settings).over(Map.of("bootstrap.servers", "kafka:9093"));
  }

  private static KafkaSecurity security(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>();
    settings.forEach((name, value) -> all.put("multipod.kafka." + name, value));
    return new KafkaSecurity(
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .build());
  }
}
