package dev.multipod.crawler.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.multipod.crawler.database.Hints;
import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// `apply_async`.
@Path("/crawler-pool/pools/{pool}/tasks")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SubmissionResource {
  private final TaskReader reader;
  private final Submissions submissions;
  private final Hints hints;

  SubmissionResource(TaskReader reader, Submissions submissions, Hints hints) {
    this.reader = reader;
    this.submissions = submissions;
    this.hints = hints;
  }

  /// The ids of the tasks, in the order in which they were sent.
  public record Accepted(String pool, List<Long> ids) {}

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Submit one task or an array of tasks",
      description =
          "{\"kind\":\"square\",\"n\":3,\"sleep\":\"2s\"} or {\"kind\":\"fetch\",\"url\":\"https://…\"}")
  public Response submit(
      @PathParam("pool") String pool,
      @HeaderParam(IdempotencyKey.HEADER) @Nullable String keyHeader,
      byte[] body)
      throws JsonProcessingException {
    Names.require("pool", pool);
    IdempotencyKey key = IdempotencyKey.require(keyHeader);
    List<TaskReader.Checked> read = reader.read(body);
    // ISO-8859-1 keeps every byte as it came.
    String fingerprint = IdempotencyKey.fingerprint(new String(body, StandardCharsets.ISO_8859_1));
    Submissions.Taken taken = submissions.submit(pool, key, fingerprint, read);
    if (!taken.replayed()) {
      hints.work().raise();
    }
    Response.ResponseBuilder answer = Response.accepted(new Accepted(pool, taken.ids()));
    if (taken.ids().size() == 1) {
      answer.header("Location", "/crawler-pool/tasks/" + taken.ids().getFirst());
    }
    return taken.replayed() ? answer.header(IdempotencyKey.REPLAYED, true).build() : answer.build();
  }
}
