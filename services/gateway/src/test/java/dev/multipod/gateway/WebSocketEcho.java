package dev.multipod.gateway;

import dev.multipod.gateway.Upstream.Connection;
import dev.multipod.gateway.Upstream.Request;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/// A replica that speaks WebSocket (RFC 6455): greets, sends text back in upper case and bytes as
/// they are, closes with 4001 on `bye`.
final class WebSocketEcho {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int TEXT = 1;
  private static final int CLOSE = 8;

  private WebSocketEcho() {}

  static void serve(Request request, Connection connection) throws IOException {
    connection.write(
        """
        HTTP/1.1 101 Switching Protocols\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Protocol: echo\r
        Sec-WebSocket-Accept: %s\r
        \r
        """
            .formatted(accept(request.all("sec-websocket-key").getFirst())));
    DataInputStream in = new DataInputStream(connection.in);
    DataOutputStream out = new DataOutputStream(connection.out);
    frame(out, 0x80 | TEXT, utf8("welcome to " + request.line().split(" ", -1)[1]));
    while (true) {
      int first = in.readUnsignedByte();
      byte[] payload = payload(in);
      int opcode = first & 0x0f;
      if (opcode == CLOSE) {
        throw new IOException("closed by the caller");
      }
      String text = new String(payload, StandardCharsets.UTF_8);
      if (opcode != TEXT) {
        frame(out, first, payload);
      } else if (text.equals("bye")) {
        frame(out, 0x80 | CLOSE, new byte[] {(byte) (4001 >> 8), (byte) 4001});
      } else {
        frame(out, first, utf8(text.toUpperCase(Locale.ROOT)));
      }
    }
  }

  private static byte[] payload(DataInputStream in) throws IOException {
    int length = in.readUnsignedByte() & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = (int) in.readLong();
    }
    byte[] mask = in.readNBytes(4);
    byte[] payload = in.readNBytes(length);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i & 3];
    }
    return payload;
  }

  private static void frame(DataOutputStream out, int first, byte[] payload) throws IOException {
    out.writeByte(first);
    if (payload.length < 126) {
      out.writeByte(payload.length);
    } else if (payload.length < 1 << 16) {
      out.writeByte(126);
      out.writeShort(payload.length);
    } else {
      out.writeByte(127);
      out.writeLong(payload.length);
    }
    out.write(payload);
    out.flush();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String accept(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
