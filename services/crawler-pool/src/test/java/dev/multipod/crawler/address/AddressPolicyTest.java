package dev.multipod.crawler.address;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressPolicyTest {
  private static boolean permits(AddressPolicy policy, String address, int port) {
    return policy.permits(Cidr.Literals.parse(address).orElseThrow(), port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:7f00:1",
        "4000::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void anInnerAddressIsDenied(String address) {
    assertFalse(permits(Policies.allowing(), address, 80));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
        "2606:4700::1111",
        "2a00:1450:4001::1"
      })
  void aPublicAddressIsPermitted(String address) {
    assertTrue(permits(Policies.allowing(), address, 443));
  }

  @Test
  void onlyTheConfiguredPortsArePermitted() {
    AddressPolicy policy = Policies.allowing();

    assertTrue(permits(policy, "1.1.1.1", 80));
    assertFalse(permits(policy, "1.1.1.1", 22));
    assertFalse(permits(policy, "1.1.1.1", 8080));
  }

  @Test
  void theAllowListPermitsARangeAtOnePortOnly() {
    AddressPolicy policy = Policies.allowing("127.0.0.1/32:8081", "fd00::/64:9000");

    assertTrue(permits(policy, "127.0.0.1", 8081));
    assertTrue(permits(policy, "::ffff:127.0.0.1", 8081));
    assertFalse(permits(policy, "127.0.0.1", 80));
    assertFalse(permits(policy, "127.0.0.2", 8081));
    assertTrue(permits(policy, "fd00::7", 9000));
    assertFalse(permits(policy, "fd00:0:0:1::7", 9000));
  }

  @Test
  void theOperatorsRangesAreDeniedInEveryForm() {
    AddressPolicy policy = Policies.denying("93.184.216.0/24", "2606:4700::/32");

    assertFalse(permits(policy, "93.184.216.34", 80));
    assertFalse(permits(policy, "::ffff:93.184.216.34", 80));
    assertFalse(permits(policy, "64:ff9b::93.184.216.34", 80));
    assertFalse(permits(policy, "2606:4700::1111", 80));
    assertTrue(permits(policy, "93.184.217.34", 80));
  }

  @Test
  void everyAddressOfThisMachineIsDenied() throws SocketException {
    AddressPolicy policy = Policies.allowing();

    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .forEach(address -> assertFalse(policy.permits(address, 80), address.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "127.0.0.1/8:80", "127.0.0.1/33:80", "x/8:80", "10.0.0.0/8:x"})
  void aMalformedAllowListIsAFailedStart(String entry) {
    assertThrows(IllegalArgumentException.class, () -> Policies.allowing(entry));
  }
}
