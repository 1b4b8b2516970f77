package dev.multipod.echo;

import dev.multipod.kit.replica.Replica;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestStreamElementType;

/// The HTTP side of an echo service. Each service gives it its path.
public abstract class EchoResource {
  private static final String NDJSON = "application/x-ndjson";

  private final Messages messages;
  private final Loads loads;
  private final RawSide raw;
  private final Replica replica;

  protected EchoResource(Messages messages, Loads loads, RawSide raw, Replica replica) {
    this.messages = messages;
    this.loads = loads;
    this.raw = raw;
    this.replica = replica;
  }

  @POST
  @Path("messages")
  @Consumes(MediaType.WILDCARD)
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
  @RunOnVirtualThread
  @Operation(summary = "Sends the body over a fresh raw socket to the next replica")
  public Response message(byte[] body, @Context HttpHeaders headers) {
    MessageReply reply = messages.send(body);
    if (!prefersText(headers)) {
      return Response.ok(reply, MediaType.APPLICATION_JSON_TYPE).build();
    }
    return Response.ok(reply.reply(), MediaType.TEXT_PLAIN_TYPE.withCharset("UTF-8"))
        .header("Multipod-Echo-Replica", reply.replica())
        .header("Multipod-Echo-Round-Trip-Micros", reply.roundTripMicros())
        .header("Multipod-Echo-Retries", reply.retries())
        .build();
  }

  @POST
  @Path("load")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(NDJSON)
  @RestStreamElementType(MediaType.APPLICATION_JSON)
  @NonBlocking
  @Operation(summary = "Runs a bounded burst over all replicas and reports while it runs")
  public Multi<LoadLine> load(LoadRequest request) {
    return loads.start(request);
  }

  @GET
  @Path("stats")
  @Produces(MediaType.APPLICATION_JSON)
  @NonBlocking
  @Operation(summary = "The raw socket of the replica that answers, since it started")
  public Stats stats() {
    return new Stats(replica.name(), raw.self().rawPort().orElse(0), raw.stats());
  }

  private static boolean prefersText(HttpHeaders headers) {
    for (MediaType type : headers.getAcceptableMediaTypes()) {
      if (type.isWildcardType() || type.isCompatible(MediaType.APPLICATION_JSON_TYPE)) {
        return false;
      }
      if (type.isCompatible(MediaType.TEXT_PLAIN_TYPE)) {
        return true;
      }
    }
    return false;
  }

  /// What one replica counted.
  ///
  /// @param rawPort where its own raw socket listens
  public record Stats(String replica, int rawPort, Object raw) {}
}
