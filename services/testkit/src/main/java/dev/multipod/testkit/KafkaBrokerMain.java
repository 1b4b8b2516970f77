package dev.multipod.testkit;

import java.lang.reflect.InvocationTargetException;
import org.jspecify.annotations.Nullable;

/// Runs in the broker's own process, beside Kafka's jars: formats the storage if it is new, then
/// becomes the broker. One JVM start instead of two.
final class KafkaBrokerMain {
  private KafkaBrokerMain() {}

  /// Arguments: the properties file, the cluster id.
  public static void main(String[] arguments) throws ReflectiveOperationException {
    String properties = arguments[0];
    Object code =
        call(
            "kafka.tools.StorageTool",
            "execute",
            new Class<?>[] {String[].class, java.io.PrintStream.class},
            new String[] {
              "format",
              "--ignore-formatted",
              "--cluster-id",
              arguments[1],
              "--feature",
              "share.version=1",
              "--config",
              properties
            },
            System.out);
    if (!Integer.valueOf(0).equals(code)) {
      throw new IllegalStateException("the storage could not be formatted: " + code);
    }
    call(
        "kafka.Kafka", "main", new Class<?>[] {String[].class}, (Object) new String[] {properties});
  }

  private static @Nullable Object call(
      String type, String method, Class<?>[] types, Object... values)
      throws ReflectiveOperationException {
    try {
      return Class.forName(type).getMethod(method, types).invoke(null, values);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
