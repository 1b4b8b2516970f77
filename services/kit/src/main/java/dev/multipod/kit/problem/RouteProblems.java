package dev.multipod.kit.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/// Errors that end a request before a REST method sees it (no such route, a body over the limit) as
/// problems too.
@ApplicationScoped
public class RouteProblems {
  private static final int[] STATUSES = {400, 401, 403, 404, 405, 413, 414, 415, 431};
  private final ObjectMapper json;

  RouteProblems(ObjectMapper json) {
    this.json = json;
  }

  void register(@Observes Router router) {
    for (int status : STATUSES) {
      router.errorHandler(status, context -> answer(context, HttpProblems.forStatus(status)));
    }
  }

  /// Ends the request with what HTTP itself says by this status.
  public void answer(RoutingContext context, int status) {
    answer(context, HttpProblems.forStatus(status));
  }

  /// Ends the request with a problem.
  public void answer(RoutingContext context, Problem problem) {
    if (context.response().ended() || context.response().headWritten()) {
      return;
    }
    ToldProblems.count(problem);
    problem
        .retryAfterSeconds()
        .ifPresent(
            seconds ->
                context.response().putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds)));
    try {
      context
          .response()
          .setStatusCode(problem.status())
          .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.MEDIA_TYPE)
          .end(json.writeValueAsString(problem.members()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
