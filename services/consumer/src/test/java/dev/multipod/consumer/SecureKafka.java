package dev.multipod.consumer;

import dev.multipod.testkit.KafkaBroker;
import dev.multipod.testkit.Ports;
import dev.multipod.testkit.ServiceProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/// A broker with a `SASL_SSL` listener for the services, where nobody may do anything without an
/// ACL. The test itself comes by a listener of its own, as the super-user.
///
/// The producer shows itself with SCRAM-SHA-512, the consumer with PLAIN; each has the ACLs that
/// the README lists, and no other.
final class SecureKafka implements AutoCloseable {
  static final String PRODUCER = "multipod-producer";
  static final String CONSUMER = "multipod-consumer";

  /// Of characters that somebody would quote wrongly.
  static final String PASSWORD = "p\"w'd \\ ; ${HOME} $$ = #1";

  private static final int ROUNDS = 4096;

  final KafkaBroker broker;
  final Authority authority;
  private final int port = Ports.free();

  SecureKafka() throws IOException, InterruptedException, ExecutionException {
    authority = Authority.create("kafka");
    int open = Ports.free();
    int controller = Ports.free();
    broker =
        KafkaBroker.builder()
            .port(open)
            .with("group.share.min.record.lock.duration.ms", "1000")
            .with("controller.quorum.voters", "1@127.0.0.1:" + controller)
            .with(
                "listeners",
                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d,SECURE://127.0.0.1:%d"
                    .formatted(open, controller, port))
            .with(
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:%d,SECURE://127.0.0.1:%d".formatted(open, port))
            .with(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL")
            .with("listener.name.secure.ssl.keystore.type", "PKCS12")
            .with("listener.name.secure.ssl.keystore.location", authority.keys().toString())
            .with("listener.name.secure.ssl.keystore.password", Authority.KEYS_PASSWORD)
            .with("listener.name.secure.sasl.enabled.mechanisms", "SCRAM-SHA-512,PLAIN")
            .with(
                "listener.name.secure.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;")
            .with(
                "listener.name.secure.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=\"%s\";"
                    .formatted(CONSUMER, PASSWORD.replace("\\", "\\\\").replace("\"", "\\\"")))
            .with(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            .with("super.users", "User:ANONYMOUS")
            .start();
    boolean set = false;
    try (Admin admin = broker.admin()) {
      admin.createAcls(acls()).all().get();
      scram(PASSWORD);
      set = true;
    } finally {
      if (!set) {
        broker.close();
      }
    }
  }

  /// Gives the producer's user a password.
  void scram(String password) throws InterruptedException, ExecutionException {
    try (Admin admin = broker.admin()) {
      admin
          .alterUserScramCredentials(
              List.of(
                  new UserScramCredentialUpsertion(
                      PRODUCER,
                      new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ROUNDS),
                      password)))
          .all()
          .get();
    }
  }

  /// Tells a service where the broker is, which authority to trust, and its credentials.
  ServiceProcess.Builder connect(String service, ServiceProcess.Builder process) {
    process
        .with("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + port)
        .with("MULTIPOD_KAFKA_CA", authority.certificate().toString())
        .with("MULTIPOD_KAFKA_PASSWORD", PASSWORD);
    return service.equals("producer")
        ? process.with("MULTIPOD_KAFKA_USERNAME", PRODUCER)
        : process
            .with("MULTIPOD_KAFKA_USERNAME", CONSUMER)
            .with("MULTIPOD_KAFKA_SASL_MECHANISM", "PLAIN");
  }

  private static List<AclBinding> acls() {
    List<AclBinding> all = new ArrayList<>();
    allow(
        all,
        PRODUCER,
        topics("multipod."),
        AclOperation.CREATE,
        AclOperation.READ,
        AclOperation.WRITE,
        AclOperation.DELETE);
    allow(
        all,
        PRODUCER,
        groups("multipod."),
        AclOperation.READ,
        AclOperation.DELETE,
        AclOperation.ALTER_CONFIGS);
    allow(
        all,
        PRODUCER,
        new ResourcePattern(ResourceType.TRANSACTIONAL_ID, "multipod.", PatternType.PREFIXED),
        AclOperation.WRITE);
    allow(all, PRODUCER, cluster(), AclOperation.DESCRIBE_CONFIGS);
    allow(all, CONSUMER, topics("multipod."), AclOperation.READ, AclOperation.WRITE);
    allow(all, CONSUMER, groups("multipod.queue."), AclOperation.READ);
    allow(all, CONSUMER, cluster(), AclOperation.DESCRIBE_CONFIGS);
    return all;
  }

  private static ResourcePattern topics(String prefix) {
    return new ResourcePattern(ResourceType.TOPIC, prefix, PatternType.PREFIXED);
  }

  private static ResourcePattern groups(String prefix) {
    return new ResourcePattern(ResourceType.GROUP, prefix, PatternType.PREFIXED);
  }

  private static ResourcePattern cluster() {
    return new ResourcePattern(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL);
  }

  private static void allow(
      List<AclBinding> all, String user, ResourcePattern what, AclOperation... operations) {
    for (AclOperation operation : operations) {
      all.add(
          new AclBinding(
              what,
              new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW)));
    }
  }

  @Override
  public void close() {
    broker.close();
    authority.close();
  }
}
