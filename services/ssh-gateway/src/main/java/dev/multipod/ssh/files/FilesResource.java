package dev.multipod.ssh.files;

import dev.multipod.kit.auth.Caller;
import dev.multipod.kit.auth.Role;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.problem.ProblemMappers;
import dev.multipod.kit.problem.ToldProblems;
import dev.multipod.ssh.Audit;
import dev.multipod.ssh.SshSettings;
import dev.multipod.ssh.connect.Connections;
import dev.multipod.ssh.connect.Timer;
import dev.multipod.ssh.target.Target;
import dev.multipod.ssh.target.Target.Permission;
import dev.multipod.ssh.target.Targets;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import net.schmizz.sshj.sftp.FileAttributes;
import net.schmizz.sshj.sftp.OpenMode;
import net.schmizz.sshj.sftp.RemoteFile;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/// Files by HTTP. Reading one needs the role `use` too: it is somebody's machine.
@Path("/ssh-gateway/targets/{target}/files")
final class FilesResource {
  private static final int MAX_PATH = 4096;

  private final SshSettings.Files settings;
  private final Targets targets;
  private final Connections connections;
  private final Timer timer;
  private final Caller caller;
  private final Audit audit;
  private final MeterRegistry metrics;
  private final Tracer tracer;

  FilesResource(
      SshSettings settings,
      Targets targets,
      Connections connections,
      Timer timer,
      Caller caller,
      Audit audit,
      MeterRegistry metrics,
      Tracer tracer) {
    this.settings = settings.files();
    this.targets = targets;
    this.connections = connections;
    this.timer = timer;
    this.caller = caller;
    this.audit = audit;
    this.metrics = metrics;
    this.tracer = tracer;
  }

  @HEAD
  @RunOnVirtualThread
  @Operation(summary = "Whether there is a file, and its size")
  public Response head(@PathParam("target") String name, @QueryParam("path") @Nullable String path)
      throws InterruptedException {
    String file = checked(path);
    Target target = readable(name);
    try (Remote remote = Remote.open(connections, target, settings, timer)) {
      FileAttributes attributes = remote.requireFile(file);
      return described(Response.ok(), attributes)
          .header("Content-Length", attributes.getSize())
          .type("application/octet-stream")
          .build();
    }
  }

  @GET
  @RunOnVirtualThread
  @Operation(summary = "A file, or with Range a part of it")
  @APIResponse(responseCode = "200", description = "The file")
  @APIResponse(responseCode = "206", description = "The part")
  @APIResponse(responseCode = "416", description = "The file is shorter than that")
  public Response get(
      @PathParam("target") String name,
      @QueryParam("path") @Nullable String path,
      @HeaderParam("Range") @Nullable String range,
      @HeaderParam("If-Range") @Nullable String ifRange)
      throws InterruptedException {
    String file = checked(path);
    Target target = readable(name);
    Span span = span("ssh get", name);
    Remote remote = null;
    boolean handedOver = false;
    try {
      remote = Remote.open(connections, target, settings, timer);
      FileAttributes attributes = remote.requireFile(file);
      // There is no validator to compare an If-Range with, so with one the whole file is right.
      Optional<ByteRange> part =
          ifRange == null ? ByteRange.parse(range, attributes.getSize()) : Optional.empty();
      RemoteFile open = remote.files().open(file, java.util.EnumSet.of(OpenMode.READ));
      long from = part.map(ByteRange::from).orElse(0L);
      long length = part.map(ByteRange::length).orElse(attributes.getSize());
      Response.ResponseBuilder answer =
          described(Response.status(part.isPresent() ? 206 : 200), attributes)
              .type("application/octet-stream")
              .header("Content-Length", length);
      part.ifPresent(bytes -> answer.header("Content-Range", bytes.contentRange()));
      Transfer transfer = new Transfer(target, caller.name(), file, span);
      handedOver = true;
      return answer.entity(content(remote, open, from, length, transfer)).build();
    } catch (ByteRange.Unsatisfiable e) {
      ToldProblems.count(e.problem());
      return Response.status(416)
          .type(ProblemMappers.MEDIA_TYPE)
          .header("Content-Range", "bytes */" + e.size())
          .entity(e.problem().members())
          .build();
    } catch (IOException e) {
      throw remote == null ? new IllegalStateException(e) : remote.problem(e, file);
    } finally {
      if (!handedOver) {
        span.setStatus(StatusCode.ERROR).end();
        if (remote != null) {
          remote.close();
        }
      }
    }
  }

  private StreamingOutput content(
      Remote remote, RemoteFile file, long from, long length, Transfer transfer) {
    return out -> {
      boolean whole = false;
      try (remote) {
        try {
          Download.copy(file, from, length, out);
          whole = true;
        } finally {
          Remote.closeQuietly(file);
          if (!whole) {
            remote.spoil();
          }
        }
      } finally {
        ended("get", transfer, whole ? length : -1, Map.of("from", from, "whole", whole));
      }
    };
  }

  @PUT
  @RunOnVirtualThread
  @Operation(
      summary = "Put a file, as a whole or not at all",
      description =
          "With 'Content-Digest: sha-256=:…:' the bytes are checked; with 'If-None-Match: *' an"
              + " existing file is left alone.")
  @APIResponse(responseCode = "201", description = "A new file")
  @APIResponse(responseCode = "204", description = "It took an existing file's place")
  @APIResponse(responseCode = "412", description = "There is such a file")
  @APIResponse(responseCode = "422", description = "The bytes are not those of the digest")
  public Response put(
      @PathParam("target") String name,
      @QueryParam("path") @Nullable String path,
      @HeaderParam("Content-Length") @Nullable Long size,
      @HeaderParam("Content-Digest") @Nullable String contentDigest,
      @HeaderParam("Repr-Digest") @Nullable String digest,
      @HeaderParam("If-None-Match") @Nullable String ifNoneMatch,
      InputStream body)
      throws InterruptedException {
    String file = checked(path);
    Optional<byte[]> promised = Digests.promised(contentDigest).or(() -> Digests.promised(digest));
    Target target = targets.require(name).allowing(Permission.WRITE);
    Span span = span("ssh put", name);
    Transfer transfer = new Transfer(target, caller.name(), file, span);
    long written = -1;
    Map<String, ?> details = Map.of("kept", false);
    try (Remote remote = Remote.open(connections, target, settings, timer)) {
      Upload.Done done =
          new Upload(remote, file, settings)
              .put(body, size == null ? -1 : size, promised, "*".equals(ifNoneMatch));
      written = done.size();
      details = Map.of("kept", true, "sha256", HexFormat.of().formatHex(done.sha256()));
      return Response.status(done.replaced() ? 204 : 201)
          .header("Repr-Digest", Digests.header(done.sha256()))
          .build();
    } finally {
      ended("put", transfer, written, details);
    }
  }

  /// A transfer, for whom.
  private record Transfer(Target target, String caller, String path, Span span) {}

  private void ended(String what, Transfer transfer, long bytes, Map<String, ?> details) {
    String target = transfer.target.name();
    String outcome = bytes >= 0 ? "done" : "failed";
    metrics
        .counter(
            "multipod.ssh-gateway.transfers", "target", target, "kind", what, "outcome", outcome)
        .increment();
    metrics
        .counter("multipod.ssh-gateway.transfer.bytes", "target", target, "kind", what)
        .increment((double) Math.max(0, bytes));
    Map<String, Object> line = new java.util.LinkedHashMap<>();
    line.put("path", transfer.path);
    line.put("outcome", outcome);
    line.put("bytes", Math.max(0, bytes));
    line.putAll(details);
    audit.line(what, transfer.caller, transfer.target, line);
    if (bytes < 0) {
      transfer.span.setStatus(StatusCode.ERROR);
    }
    transfer.span.setAttribute("multipod.ssh.bytes", Math.max(0, bytes)).end();
  }

  private Span span(String what, String target) {
    return tracer
        .spanBuilder(what)
        .setSpanKind(SpanKind.CLIENT)
        .setAttribute("multipod.ssh.target", target)
        .startSpan();
  }

  private Target readable(String name) {
    caller.require(Role.USE);
    return targets.require(name).allowing(Permission.READ);
  }

  private static String checked(@Nullable String path) {
    if (path == null
        || path.isEmpty()
        || path.length() > MAX_PATH
        || path.endsWith("/")
        || path.indexOf('\0') >= 0) {
      throw Problem.of(
          400,
          "invalid-path",
          "The path cannot be used",
          "Send ?path= with the file's path at the target, at most %d characters."
              .formatted(MAX_PATH));
    }
    return path;
  }

  private static Response.ResponseBuilder described(
      Response.ResponseBuilder answer, FileAttributes attributes) {
    return answer
        .header("Accept-Ranges", "bytes")
        .header("Cache-Control", "no-store")
        .header(
            "Last-Modified",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.ofEpochSecond(attributes.getMtime()).atOffset(ZoneOffset.UTC)));
  }
}
