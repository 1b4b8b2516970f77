package dev.multipod.crawler.address;

import jakarta.enterprise.context.ApplicationScoped;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Decides whether an address and a port may be dialled. A table of ranges and not the predicates
/// of `InetAddress`, which miss most of it. Addresses that carry an IPv4 address inside are judged
/// by that one too.
@ApplicationScoped
public class AddressPolicy {
  // IANA's special-purpose registries, what is not unicast, and well-known metadata addresses.
  private static final List<Cidr> DENIED =
      cidrs(
          "0.0.0.0/8", // this network
          "10.0.0.0/8", // private
          "100.64.0.0/10", // carrier NAT; node and pod ranges of several clouds
          "127.0.0.0/8", // loopback
          "168.63.129.16/32", // Azure's host agent
          "169.254.0.0/16", // link-local, with the metadata services
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments; 192.0.0.192 is Oracle's metadata service
          "192.0.2.0/24", // documentation
          "192.52.193.0/24", // AMT relays
          "192.88.99.0/24", // 6to4 relays
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4", // reserved, and broadcast
          "2001::/23", // protocol assignments, with Teredo, ORCHID and benchmarks
          "2001:db8::/32", // documentation
          "3fff::/20"); // documentation

  // The only IPv6 addresses that can be public: global unicast, and IPv4 behind NAT64.
  private static final Cidr GLOBAL_UNICAST = Cidr.parse("2000::/3");
  private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");
  private static final Cidr MAPPED = Cidr.parse("::ffff:0.0.0.0/96");
  private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");

  private record Allowed(Cidr range, int port) {}

  private record Own(Set<InetAddress> addresses, long at) {}

  private static final long OWN_MAX_AGE_NANOS = 10_000_000_000L;

  private final List<Allowed> allowed;
  private final List<Cidr> denied;
  private final Set<Integer> ports;
  private volatile Own own = new Own(Set.of(), System.nanoTime() - OWN_MAX_AGE_NANOS);

  AddressPolicy(AddressSettings settings) {
    this.allowed = settings.allow().orElse(List.of()).stream().map(AddressPolicy::allow).toList();
    this.denied = settings.deny().orElse(List.of()).stream().map(Cidr::parse).toList();
    this.ports = Set.copyOf(settings.ports());
  }

  private static Allowed allow(String entry) {
    int colon = entry.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("an entry of the allow-list is CIDR:port, not " + entry);
    }
    String range = entry.substring(0, colon).strip().replace("[", "").replace("]", "");
    return new Allowed(Cidr.parse(range), Integer.parseInt(entry.substring(colon + 1).strip()));
  }

  /// Whether this address may be dialled at this port.
  public boolean permits(InetAddress address, int port) {
    return permits(address.getAddress(), port);
  }

  /// Whether any address could be dialled at this port.
  boolean permitsPort(int port) {
    return ports.contains(port) || allowed.stream().anyMatch(entry -> entry.port == port);
  }

  boolean permits(byte[] address, int port) {
    byte[] bytes = MAPPED.contains(address) ? Arrays.copyOfRange(address, 12, 16) : address;
    if (allowed.stream().anyMatch(entry -> entry.port == port && entry.range.contains(bytes))) {
      return true;
    }
    return ports.contains(port) && isPublic(bytes) && !isOwn(bytes);
  }

  private boolean isPublic(byte[] address) {
    if (within(DENIED, address) || within(denied, address)) {
      return false;
    }
    if (address.length == 4) {
      return true;
    }
    if (!GLOBAL_UNICAST.contains(address) && !NAT64.contains(address)) {
      return false;
    }
    return embedded(address).map(inner -> isPublic(inner) && !isOwn(inner)).orElse(true);
  }

  /// The IPv4 address that packets to this one may end at: NAT64 (RFC 6052), 6to4 (RFC 3056),
  /// ISATAP (RFC 5214).
  private static Optional<byte[]> embedded(byte[] six) {
    if (NAT64.contains(six)) {
      return Optional.of(Arrays.copyOfRange(six, 12, 16));
    }
    if (SIX_TO_FOUR.contains(six)) {
      return Optional.of(Arrays.copyOfRange(six, 2, 6));
    }
    boolean isatap = (six[8] & ~2) == 0 && six[9] == 0 && six[10] == 0x5e && six[11] == (byte) 0xfe;
    return isatap ? Optional.of(Arrays.copyOfRange(six, 12, 16)) : Optional.empty();
  }

  private boolean isOwn(byte[] address) {
    Own known = own;
    if (System.nanoTime() - known.at >= OWN_MAX_AGE_NANOS) {
      known = new Own(ownAddresses(), System.nanoTime());
      own = known;
    }
    return known.addresses.contains(Cidr.address(address));
  }

  private static Set<InetAddress> ownAddresses() {
    try {
      Set<InetAddress> addresses = new HashSet<>();
      for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
        card.inetAddresses()
            .map(address -> Cidr.address(address.getAddress())) // without its zone
            .forEach(addresses::add);
      }
      return addresses;
    } catch (SocketException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean within(List<Cidr> ranges, byte[] address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  private static List<Cidr> cidrs(String... texts) {
    return Arrays.stream(texts).map(Cidr::parse).toList();
  }
}
