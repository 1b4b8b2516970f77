package dev.multipod.ssh.target;

import dev.multipod.kit.problem.Problem;
import dev.multipod.ssh.SshSettings;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/// The targets as the operator's file has them now.
@ApplicationScoped
public class Targets {
  private static final Logger LOG = Logger.getLogger(Targets.class);

  /// The file is not what it should be.
  static final class Invalid extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Invalid(String message) {
      super(message);
    }
  }

  /// By these a changed file is known; a ConfigMap's new version is another file behind a link.
  private record Version(FileTime modified, long size, @Nullable Object key) {}

  private record Snapshot(Optional<Version> version, Map<String, Target> targets) {}

  private final Optional<Path> file;
  private volatile Snapshot current = new Snapshot(Optional.empty(), Map.of());

  Targets(SshSettings settings) {
    this.file = settings.targetsFile();
  }

  /// A file that is wrong at the start stops the start; a missing one may still come.
  void load(@Observes StartupEvent event) {
    if (file.isEmpty()) {
      LOG.warn("event=no-targets reason=\"MULTIPOD_SSH_TARGETS_FILE is not set\"");
      return;
    }
    try {
      refresh(file.get());
    } catch (Invalid e) {
      throw new ConfigurationException(
          "The targets file %s cannot be used: %s".formatted(file.get(), e.getMessage()));
    }
  }

  /// The target of a name.
  ///
  /// @throws Problem 404 `unknown-target`
  public Target require(String name) {
    Target found = all().get(name);
    if (found == null) {
      throw Problem.of(
          404,
          "unknown-target",
          "There is no such target",
          "GET /ssh-gateway/targets lists them; the operator adds one to the targets file.");
    }
    return found;
  }

  /// Every target, by name, in order of names.
  public List<Target> list() {
    return List.copyOf(all().values());
  }

  private Map<String, Target> all() {
    if (file.isPresent()) {
      try {
        refresh(file.get());
      } catch (Invalid e) {
        LOG.errorf("event=targets-invalid cause=\"%s\" kept=%d", e.getMessage(), count());
      }
    }
    return current.targets;
  }

  private int count() {
    return current.targets.size();
  }

  private synchronized void refresh(Path path) {
    try {
      BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class);
      Version version = new Version(seen.lastModifiedTime(), seen.size(), seen.fileKey());
      if (current.version.filter(version::equals).isEmpty()) {
        // Remembered before it is read, so that a wrong file is complained about once.
        current = new Snapshot(Optional.of(version), current.targets);
        current = new Snapshot(Optional.of(version), TargetsFile.read(path));
        LOG.infof("event=targets-loaded count=%d", count());
      }
    } catch (NoSuchFileException e) {
      LOG.debugf("event=targets-missing file=%s", path);
    } catch (IOException e) {
      throw new Invalid("it cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }
}
