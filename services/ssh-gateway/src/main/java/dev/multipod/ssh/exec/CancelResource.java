package dev.multipod.ssh.exec;

import dev.multipod.kit.auth.Caller;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/// Running commands by their ids.
@Path("/ssh-gateway/executions/{id}")
final class CancelResource {
  private final Executions executions;
  private final CancelElsewhere elsewhere;
  private final Replica replica;
  private final Caller caller;

  CancelResource(Executions executions, CancelElsewhere elsewhere, Replica replica, Caller caller) {
    this.executions = executions;
    this.elsewhere = elsewhere;
    this.replica = replica;
    this.caller = caller;
  }

  @DELETE
  @RunOnVirtualThread
  @Operation(
      summary = "Cancel a command",
      description = "TERM, and KILL when it still runs after the grace. Any replica may be asked.")
  @APIResponse(responseCode = "202", description = "It gets TERM")
  @APIResponse(responseCode = "409", description = "It had ended")
  public Response cancel(
      @PathParam("id") String id,
      @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
      @HeaderParam(CancelElsewhere.FORWARDED) @Nullable String forwarded)
      throws InterruptedException {
    int split = id.lastIndexOf('.');
    if (split > 0 && !id.substring(0, split).equals(replica.name()) && forwarded == null) {
      return elsewhere.cancel(id, id.substring(0, split), authorization);
    }
    return switch (executions.cancel(id, caller.name())) {
      case STOPPING -> Response.accepted(Map.of("id", id, "state", "stopping")).build();
      case FINISHED ->
          throw Problem.of(
                  409,
                  "execution-finished",
                  "The command has ended already",
                  "Nothing is left to cancel.")
              .with("execution", id);
      case UNKNOWN -> throw CancelElsewhere.unknown(id);
    };
  }
}
