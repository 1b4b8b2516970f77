package dev.multipod.testkit;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The folder this was built in.
public final class Checkout {
  private Checkout() {}

  /// The root of the checkout: the nearest folder above the working directory, or above this code,
  /// that has `deploy/kafka-broker` in it.
  public static Path root() {
    for (Path start : List.of(Path.of("").toAbsolutePath(), codeLocation(Checkout.class))) {
      for (Path folder = start; folder != null; folder = folder.getParent()) {
        if (Files.isRegularFile(folder.resolve("deploy/kafka-broker/pom.xml"))) {
          return folder;
        }
      }
    }
    throw new IllegalStateException(
        "not inside a multipod checkout: no deploy/kafka-broker above "
            + Path.of("").toAbsolutePath());
  }

  /// The jar or folder that a class was loaded from.
  static Path codeLocation(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The `java` of this JVM.
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
