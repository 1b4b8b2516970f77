package dev.multipod.crawler.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.multipod.crawler.address.Policies;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class GuardedDnsTest {
  private static GuardedDns answering(String... addresses) {
    InetAddress[] answers =
        Arrays.stream(addresses).map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    return new GuardedDns(Policies.allowing("127.0.0.1/32:8081"), host -> answers);
  }

  @Test
  void publicAddressesAreDialledAsAnswered() throws UnknownHostException {
    var dialled = answering("1.1.1.1", "2606:4700::1111").resolve("example.com", 443);

    assertEquals("1.1.1.1", dialled.get(0).getAddress().getHostAddress());
    assertEquals(443, dialled.get(0).getPort());
    assertEquals(2, dialled.size());
  }

  @Test
  void oneInnerAddressAmongPublicOnesCondemnsTheName() {
    GuardedDns dns = answering("1.1.1.1", "1.0.0.1", "2606:4700::1111", "9.9.9.9", "fd00::1");

    assertThrows(GuardedDns.Denied.class, () -> dns.resolve("example.com", 80));
  }

  @Test
  void aWrittenOutAddressIsJudgedToo() {
    assertThrows(GuardedDns.Denied.class, () -> answering("127.0.0.1").resolve("127.0.0.1", 5432));
    assertThrows(GuardedDns.Denied.class, () -> answering("1.1.1.1").resolve("1.1.1.1"));
  }

  @Test
  void anAllowedPortOfAnInnerAddressIsDialled() throws UnknownHostException {
    assertEquals(1, answering("127.0.0.1").resolve("demo.example", 8081).size());
  }
}
