package dev.multipod.crawler.address;

import dev.multipod.crawler.address.Destination.Parsed;
import dev.multipod.crawler.address.Destination.Unusable;
import dev.multipod.crawler.address.Destination.Usable;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/// What can be refused from the URL alone, before any name is looked up. The reasons name no
/// address and no range.
@ApplicationScoped
public class Refusals {
  /// A place that is not permitted.
  public static final String ADDRESS_DENIED = "address-denied";

  /// A text that is not a URL which is fetched from here.
  public static final String INVALID_URL = "invalid-url";

  private static final byte[] LOOPBACK_4 = {127, 0, 0, 1};
  private static final byte[] LOOPBACK_6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  private final AddressPolicy policy;

  Refusals(AddressPolicy policy) {
    this.policy = policy;
  }

  /// A verdict on a URL.
  public sealed interface Verdict {}

  /// May be tried; its names' addresses are checked when they are known.
  public record Permitted(Destination destination) implements Verdict {}

  /// Is not tried.
  ///
  /// @param code `address-denied` or `invalid-url`
  public record Refused(String code, String why) implements Verdict {}

  /// Judges a URL.
  public Verdict judge(String url) {
    return judge(Destination.parse(url));
  }

  /// Judges where a redirect leads.
  public Verdict judge(Parsed parsed) {
    return switch (parsed) {
      case Unusable unusable -> new Refused(INVALID_URL, unusable.why());
      case Usable usable ->
          permitted(usable.destination())
              ? new Permitted(usable.destination())
              : new Refused(
                  ADDRESS_DENIED, "This destination may not be fetched from here. Choose another.");
    };
  }

  private boolean permitted(Destination to) {
    Optional<byte[]> literal = to.literal();
    if (literal.isPresent()) {
      return policy.permits(literal.get(), to.port());
    }
    // RFC 6761: these names are loopback whatever a name service says.
    if (to.host().equals("localhost") || to.host().endsWith(".localhost")) {
      return policy.permits(LOOPBACK_4, to.port()) && policy.permits(LOOPBACK_6, to.port());
    }
    return policy.permitsPort(to.port());
  }
}
