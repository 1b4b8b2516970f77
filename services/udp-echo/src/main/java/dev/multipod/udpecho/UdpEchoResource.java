package dev.multipod.udpecho;

import dev.multipod.echo.EchoResource;
import dev.multipod.echo.Loads;
import dev.multipod.echo.Messages;
import dev.multipod.echo.RawSide;
import dev.multipod.kit.replica.Replica;
import jakarta.ws.rs.Path;

/// `/udp-echo/messages`, `/udp-echo/load`, `/udp-echo/stats`.
@Path("/udp-echo")
public class UdpEchoResource extends EchoResource {
  UdpEchoResource(Messages messages, Loads loads, RawSide raw, Replica replica) {
    super(messages, loads, raw, replica);
  }
}
