package dev.multipod.tcpecho;

import dev.multipod.echo.EchoResource;
import dev.multipod.echo.Loads;
import dev.multipod.echo.Messages;
import dev.multipod.echo.RawSide;
import dev.multipod.kit.replica.Replica;
import jakarta.ws.rs.Path;

/// `/tcp-echo/messages`, `/tcp-echo/load`, `/tcp-echo/stats`.
@Path("/tcp-echo")
public class TcpEchoResource extends EchoResource {
  TcpEchoResource(Messages messages, Loads loads, RawSide raw, Replica replica) {
    super(messages, loads, raw, replica);
  }
}
