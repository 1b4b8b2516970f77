package dev.multipod.ssh.target;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.multipod.kit.input.Names;
import dev.multipod.ssh.target.Target.Permission;
import dev.multipod.ssh.target.Targets.Invalid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The operator's file:
///
/// ```yaml
/// targets:
///   build-host:
///     host: build.example.org
///     port: 22                       # the default
///     user: deploy
///     hostKeys:
///       - ssh-ed25519 AAAAC3Nz…
///     passwordFile: build/password   # or privateKeyFile, with passphraseFile if it is encrypted
///     allow: [exec, read, write]     # the default is all three
/// ```
///
/// File names are relative to the file itself.
final class TargetsFile {
  private static final ObjectReader YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build()
          .readerFor(Root.class);

  record Root(@Nullable Map<String, Entry> targets) {}

  record Entry(
      @Nullable String host,
      @Nullable Integer port,
      @Nullable String user,
      @Nullable List<String> hostKeys,
      @Nullable String passwordFile,
      @Nullable String privateKeyFile,
      @Nullable String passphraseFile,
      @Nullable Set<Permission> allow) {}

  private TargetsFile() {}

  /// @throws Invalid what is wrong, and at which target; never a value that could be a secret
  static Map<String, Target> read(Path file) throws IOException {
    Root root;
    try (var in = Files.newInputStream(file)) {
      root = YAML.readValue(in);
    } catch (JsonProcessingException e) {
      throw new Invalid(
          "line %d: %s"
              .formatted(
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()));
    }
    Map<String, Target> targets = new TreeMap<>();
    Path folder = file.toAbsolutePath().getParent();
    if (root != null && root.targets != null && folder != null) {
      root.targets.forEach(
          (name, entry) -> {
            try {
              targets.put(name, target(folder, name, entry));
            } catch (Invalid e) {
              throw new Invalid("target '%s': %s".formatted(name, e.getMessage()));
            }
          });
    }
    return targets;
  }

  private static Target target(Path folder, String name, @Nullable Entry entry) {
    if (!Names.ALLOWED.matcher(name).matches()) {
      throw new Invalid("a name is 1 to 63 of the characters a-z, 0-9 and '-'");
    }
    if (entry == null || entry.host == null || entry.user == null) {
      throw new Invalid("host and user are needed");
    }
    int port = entry.port == null ? 22 : entry.port;
    if (port < 1 || port > 65535) {
      throw new Invalid("port is 1 to 65535");
    }
    List<HostKey> keys =
        entry.hostKeys == null ? List.of() : entry.hostKeys.stream().map(HostKey::parse).toList();
    Set<Permission> allow =
        entry.allow == null ? EnumSet.allOf(Permission.class) : Set.copyOf(entry.allow);
    return new Target(name, entry.host, port, entry.user, keys, credential(folder, entry), allow);
  }

  private static Credential credential(Path folder, Entry entry) {
    if (entry.passwordFile != null && entry.privateKeyFile == null) {
      return new Credential.Password(folder.resolve(entry.passwordFile));
    }
    if (entry.privateKeyFile != null && entry.passwordFile == null) {
      return new Credential.PrivateKey(
          folder.resolve(entry.privateKeyFile),
          Optional.ofNullable(entry.passphraseFile).map(folder::resolve));
    }
    throw new Invalid("one of passwordFile and privateKeyFile is needed");
  }
}
