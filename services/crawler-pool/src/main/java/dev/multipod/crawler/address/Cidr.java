package dev.multipod.crawler.address;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/// A range of addresses of one family.
///
/// @param network 4 or 16 bytes, with the bits after the prefix zero
@SuppressWarnings("ArrayRecordComponent") // never compared
record Cidr(byte[] network, int prefix) {
  Cidr {
    if (prefix < 0 || prefix > network.length * 8) {
      throw new IllegalArgumentException("a prefix of " + prefix + " bits does not fit");
    }
  }

  /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
  ///
  /// @throws IllegalArgumentException not a CIDR; bits are set after the prefix
  static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    byte[] bytes =
        Literals.parse(address.strip())
            .orElseThrow(() -> new IllegalArgumentException("not a CIDR: " + text));
    int prefix = slash < 0 ? bytes.length * 8 : Integer.parseInt(text.substring(slash + 1).strip());
    Cidr cidr = new Cidr(bytes, prefix);
    for (int bit = prefix; bit < bytes.length * 8; bit++) {
      if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
        throw new IllegalArgumentException("bits are set after the prefix: " + text);
      }
    }
    return cidr;
  }

  boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    int whole = prefix / 8;
    for (int i = 0; i < whole; i++) {
      if (address[i] != network[i]) {
        return false;
      }
    }
    int rest = prefix % 8;
    return rest == 0 || ((address[whole] ^ network[whole]) & 0xff) >> (8 - rest) == 0;
  }

  /// Addresses written out, without any name service.
  static final class Literals {
    private Literals() {}

    /// Four decimal bytes without leading zeros, or IPv6 after RFC 4291 without a zone.
    static Optional<byte[]> parse(String text) {
      return text.indexOf(':') >= 0 ? six(text) : four(text);
    }

    static Optional<byte[]> four(String text) {
      String[] parts = text.split("\\.", -1);
      if (parts.length != 4) {
        return Optional.empty();
      }
      byte[] bytes = new byte[4];
      for (int i = 0; i < 4; i++) {
        String part = parts[i];
        if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(Literals::digit)) {
          return Optional.empty();
        }
        int value = Integer.parseInt(part);
        if (value > 255 || (part.length() > 1 && part.charAt(0) == '0')) {
          return Optional.empty();
        }
        bytes[i] = (byte) value;
      }
      return Optional.of(bytes);
    }

    private static Optional<byte[]> six(String text) {
      boolean plain =
          text.length() <= 45
              && text.chars()
                  .allMatch(c -> (Character.digit(c, 16) >= 0 && c < 128) || c == ':' || c == '.');
      if (!plain) {
        return Optional.empty();
      }
      int dotted = text.lastIndexOf(':') + 1;
      if (text.indexOf('.') >= 0 && four(text.substring(dotted)).isEmpty()) {
        return Optional.empty();
      }
      try {
        byte[] bytes = InetAddress.ofLiteral(text).getAddress();
        return Optional.of(bytes.length == 16 ? bytes : mapped(bytes));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    /// The platform reads `::ffff:1.2.3.4` as an IPv4 address; here it stays what it is.
    private static byte[] mapped(byte[] four) {
      byte[] bytes = new byte[16];
      bytes[10] = (byte) 0xff;
      bytes[11] = (byte) 0xff;
      System.arraycopy(four, 0, bytes, 12, 4);
      return bytes;
    }

    private static boolean digit(int c) {
      return c >= '0' && c <= '9';
    }
  }

  static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
