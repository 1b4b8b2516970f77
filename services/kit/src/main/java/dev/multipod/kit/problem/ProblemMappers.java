package dev.multipod.kit.problem;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Turns whatever a REST method throws into `application/problem+json`.
public final class ProblemMappers {
  /// The media type of every error.
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

  @ServerExceptionMapper
  public Response problem(Problem problem) {
    ToldProblems.count(problem);
    Response.ResponseBuilder response =
        Response.status(problem.status()).type(MEDIA_TYPE).entity(problem.members());
    problem
        .retryAfterSeconds()
        .ifPresent(seconds -> response.header(HttpHeaders.RETRY_AFTER, seconds));
    return response.build();
  }

  /// Quarkus has a mapper of its own for this kind of JSON error, which only a mapper for the very
  /// same class replaces.
  @ServerExceptionMapper
  public Response mismatch(MismatchedInputException failure) {
    return json(failure);
  }

  /// JSON that cannot be read, or does not fit what is expected: where, and what was expected.
  @ServerExceptionMapper
  public Response json(JsonProcessingException failure) {
    return problem(malformedJson(failure));
  }

  @ServerExceptionMapper
  public Response http(WebApplicationException failure) {
    if (failure.getCause() instanceof Problem problem) {
      return problem(problem);
    }
    if (failure.getCause() instanceof JsonProcessingException json) {
      return problem(malformedJson(json));
    }
    Response given = failure.getResponse();
    if (given.getStatus() < 400) {
      return given;
    }
    Response answer = problem(HttpProblems.forStatus(given.getStatus()));
    Response.ResponseBuilder kept = Response.fromResponse(answer);
    for (String header : new String[] {HttpHeaders.ALLOW, HttpHeaders.WWW_AUTHENTICATE}) {
      String value = given.getHeaderString(header);
      if (value != null) {
        kept.header(header, value);
      }
    }
    return kept.build();
  }

  /// A defect of ours. The caller gets an id; the log has the id and the cause.
  @ServerExceptionMapper
  public Response unexpected(Throwable failure) {
    String id = UUID.randomUUID().toString();
    LOG.errorf(failure, "event=unexpected-error id=%s", id);
    return problem(
        Problem.of(
                500,
                "internal-error",
                "Something is broken on our side",
                "Retry once; if it happens again, look for this id in the log of the replica.")
            .with("id", id));
  }

  private static Problem malformedJson(JsonProcessingException failure) {
    if (failure.getCause() instanceof Problem problem) {
      return problem;
    }
    JsonLocation at = failure.getLocation();
    String where =
        at == null ? "" : " at line %d column %d".formatted(at.getLineNr(), at.getColumnNr());
    return switch (failure) {
      case UnrecognizedPropertyException unknown ->
          Problem.of(
              400,
              "unknown-member",
              "A member that is not known here",
              "The JSON member '%s' is not known here. Known: %s."
                  .formatted(unknown.getPropertyName(), unknown.getKnownPropertyIds()));
      case JsonMappingException mapping ->
          Problem.of(
              400,
              "malformed-json",
              "The JSON does not fit",
              "The value of '%s'%s does not fit: %s"
                  .formatted(path(mapping), where, mapping.getOriginalMessage()));
      default ->
          Problem.of(
              400,
              "malformed-json",
              "This is not JSON",
              "The body could not be read%s: %s".formatted(where, failure.getOriginalMessage()));
    };
  }

  private static String path(JsonMappingException failure) {
    return failure.getPath().stream()
        .map(
            step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
        .collect(Collectors.joining("."));
  }
}
