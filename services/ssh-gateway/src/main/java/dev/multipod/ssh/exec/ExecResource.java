package dev.multipod.ssh.exec;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.auth.Caller;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.replica.Replica;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.target.Target;
import dev.multipod.ssh.target.Target.Permission;
import dev.multipod.ssh.target.Targets;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Commands by HTTP.
@Path("/ssh-gateway/targets/{target}/exec")
final class ExecResource {
  private final SshSettings.Exec settings;
  private final Targets targets;
  private final Executions executions;
  private final Replica replica;
  private final Caller caller;
  private final ObjectMapper json;
  private final Tracer tracer;

  ExecResource(
      SshSettings settings,
      Targets targets,
      Executions executions,
      Replica replica,
      Caller caller,
      ObjectMapper json,
      Tracer tracer) {
    this.settings = settings.exec();
    this.targets = targets;
    this.executions = executions;
    this.replica = replica;
    this.caller = caller;
    this.json = json;
    this.tracer = tracer;
  }

  @POST
  @Produces({Format.EVENTS_TYPE, "text/plain", "application/json"})
  @RunOnVirtualThread
  @Operation(
      summary = "Run a command",
      description =
          "200 once it runs, whatever its exit. A stream without an 'exit' line means that how it"
              + " ended is not known.")
  @RequestBody(
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = ExecRequest.class)))
  @APIResponse(responseCode = "200", description = "The command's output and exit")
  public Response exec(
      @PathParam("target") String name,
      InputStream body,
      @Context HttpHeaders headers,
      @Context RoutingContext http)
      throws IOException, InterruptedException {
    Format format = Format.accepted(headers.getAcceptableMediaTypes());
    Target target = targets.require(name).allowing(Permission.EXEC);
    ExecRequest.Checked request = read(body).check(settings);
    Span span =
        tracer
            .spanBuilder("ssh exec")
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute("multipod.ssh.target", name)
            .startSpan();
    Executions.Running run;
    try {
      run = executions.start(target, request, caller.name());
    } catch (Problem problem) {
      span.setStatus(StatusCode.ERROR, problem.slug()).end();
      throw problem;
    }
    run.execution().watch(() -> http.response().closed());
    Response.ResponseBuilder answer =
        Response.ok()
            .type(format.mediaType())
            .header("Multipod-Execution", run.execution().id())
            .header("Cache-Control", "no-store");
    return switch (format) {
      case WHOLE -> answer.entity(whole(run, span)).build();
      case EVENTS, TEXT -> answer.entity(stream(run, format, span)).build();
    };
  }

  private ExecRequest read(InputStream body) throws IOException {
    int limit = (int) settings.maxRequest().asLongValue();
    byte[] bytes = body.readNBytes(limit + 1);
    if (bytes.length > limit) {
      throw Problem.of(
              413,
              "too-large",
              "The body is too large",
              "A command with its standard input is at most this long; put a file for more"
                  + " (multipod.ssh.exec.max-request).")
          .with("limit", limit);
    }
    ExecRequest request = json.readValue(bytes, ExecRequest.class);
    if (request == null) {
      throw Problem.of(
          422, "invalid-exec", "This cannot be run", "Wanted: a JSON object with argv or command.");
    }
    return request;
  }

  private StreamingOutput stream(Executions.Running run, Format format, Span span) {
    return out -> {
      Event end = new Event.Lost("the caller left");
      try {
        Told told = new Told(json, run.execution());
        end = format == Format.TEXT ? told.text(out) : told.events(start(run), out);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        ended(run, end, span);
      }
    };
  }

  private Map<String, ?> start(Executions.Running run) {
    Map<String, Object> start = new LinkedHashMap<>();
    start.put("id", run.execution().id());
    start.put("target", run.target().name());
    start.put("replica", replica.name());
    return start;
  }

  private Whole whole(Executions.Running run, Span span) throws InterruptedException {
    Event end = new Event.Lost("the caller left");
    try {
      Whole.Buffer buffer = new Whole.Buffer((int) settings.maxBuffered().asLongValue());
      end = buffer.fill(run.execution());
      return switch (end) {
        case Event.Exit(Event.Ending ending) -> buffer.toWhole(run.execution().id(), ending);
        case Event.Lost(String reason) ->
            throw Problem.of(
                    502,
                    "connection-lost",
                    "How the command ended is not known",
                    "It had begun when %s. It may have had its effect: look before you retry."
                        .formatted(reason))
                .with("execution", run.execution().id());
        case Event.Output _ -> throw new IllegalStateException("not an end");
      };
    } finally {
      ended(run, end, span);
    }
  }

  private void ended(Executions.Running run, Event end, Span span) {
    Map<String, Object> details = new LinkedHashMap<>();
    String outcome =
        switch (end) {
          case Event.Exit(Event.Ending ending) -> {
            details.put("code", ending.code());
            details.put("signal", ending.signal());
            details.put("reason", ending.reason());
            span.setAttribute("multipod.ssh.exit", String.valueOf(ending.code()));
            yield "exit";
          }
          case Event.Lost(String reason) -> {
            details.put("detail", reason);
            span.setStatus(StatusCode.ERROR, reason);
            yield "lost";
          }
          case Event.Output _ -> "lost";
        };
    executions.ended(run, outcome, details);
    span.end();
  }
}
