package dev.multipod.crawler.fetch;

import dev.multipod.crawler.address.AddressPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;

/// Looks names up for the HTTP client, which dials exactly what is returned here and nothing else;
/// it asks here for written-out addresses too. One answer that is not permitted condemns the name.
final class GuardedDns implements DnsResolver {
  /// How many addresses of a name are tried.
  private static final int MOST = 4;

  private final AddressPolicy policy;
  private final Lookup lookup;

  /// How a name becomes addresses.
  @FunctionalInterface
  interface Lookup {
    InetAddress[] all(String host) throws UnknownHostException;
  }

  /// A name led to an address that is not permitted.
  static final class Denied extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  GuardedDns(AddressPolicy policy, Lookup lookup) {
    this.policy = policy;
    this.lookup = lookup;
  }

  @Override
  public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (InetAddress address : lookup.all(host)) {
      if (!policy.permits(address, port)) {
        throw new Denied();
      }
      if (addresses.size() < MOST) {
        addresses.add(new InetSocketAddress(address, port));
      }
    }
    return addresses;
  }

  /// Without a port nothing can be judged, so nothing is answered.
  @Override
  public InetAddress[] resolve(String host) {
    throw new Denied();
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }
}
