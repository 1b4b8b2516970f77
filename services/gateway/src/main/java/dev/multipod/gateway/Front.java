package dev.multipod.gateway;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.problem.ProblemMappers;
import dev.multipod.kit.problem.ToldProblems;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// The one address: the first segment of the path is the service. Nothing is rewritten, and the
/// path is taken as it was sent, so that what is routed is what the service sees.
@ApplicationScoped
class Front {
  /// After the kit's route that names this process, before anything that might read a body.
  private static final int ORDER = Integer.MIN_VALUE + 1000;

  private final String self;
  private final Replicas replicas;
  private final Places places;
  private final Tunnel tunnel;
  private final Index index;
  private final HttpProxy proxy;

  Front(
      @ConfigProperty(name = "quarkus.application.name") String self,
      Replicas replicas,
      Places places,
      Origins origins,
      Answers answers,
      Tunnel tunnel,
      Index index) {
    this.self = self;
    this.replicas = replicas;
    this.places = places;
    this.tunnel = tunnel;
    this.index = index;
    this.proxy =
        HttpProxy.reverseProxy(new ProxyOptions().setSupportWebSocket(false), origins.client())
            .origin(answers)
            .addInterceptor(answers);
  }

  void register(@Observes Router router) {
    router.route().order(ORDER).handler(this::handle);
  }

  private void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    String segment = firstSegment(request.uri());
    if (replicas.of(segment).isPresent()) {
      pass(context, segment);
    } else if (segment.equals(self)) {
      context.next();
    } else if (request.path() != null && request.path().equals("/")) {
      index.answer(context);
    } else {
      answer(context, unknownService());
    }
  }

  private void pass(RoutingContext context, String service) {
    HttpServerRequest request = context.request();
    // Connecting takes a moment; until then nothing of the body may be lost.
    request.pause();
    Optional<Problem> refused = coding(request).or(() -> places.enter(service));
    if (refused.isPresent()) {
      request.resume();
      answer(context, refused.get());
    } else if (Tunnel.isAskedFor(request)) {
      tunnel.open(new CallerRequest(request), service).onComplete(closed -> places.leave(service));
    } else {
      var _ = context.addEndHandler(ended -> places.leave(service));
      proxy.handle(new CallerRequest(request));
    }
  }

  /// Only `chunked` can be passed on; anything else could be read differently behind us.
  private static Optional<Problem> coding(HttpServerRequest request) {
    List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return Optional.empty();
    }
    if (codings.size() == 1 && codings.getFirst().strip().equalsIgnoreCase("chunked")) {
      request.headers().set(HttpHeaders.TRANSFER_ENCODING, HttpHeaders.CHUNKED);
      return Optional.empty();
    }
    return Optional.of(
        Problem.of(
            501,
            "unsupported-transfer-coding",
            "This transfer coding is not known",
            "Send the body with a Content-Length or with 'Transfer-Encoding: chunked'."));
  }

  /// The first segment of the path in a request target, as it was sent.
  static String firstSegment(String target) {
    int start = 0;
    if (!target.startsWith("/")) {
      int authority = target.indexOf("://");
      start = authority < 0 ? target.length() : target.indexOf('/', authority + 3);
      if (start < 0 || start == target.length()) {
        return "";
      }
    }
    int end = start + 1;
    while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    return target.substring(start + 1, end);
  }

  private Problem unknownService() {
    List<String> services = replicas.all().stream().map(ServiceReplicas::service).toList();
    return Problem.of(
            404,
            "unknown-service",
            "No service has this path",
            "The first part of the path is the service: one of %s."
                .formatted(String.join(", ", services)))
        .with("services", services);
  }

  static void answer(RoutingContext context, Problem problem) {
    ToldProblems.count(problem);
    problem
        .retryAfterSeconds()
        .ifPresent(seconds -> context.response().putHeader("Retry-After", Long.toString(seconds)));
    context
        .response()
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMappers.MEDIA_TYPE)
        .end(new JsonObject(problem.members()).encode());
  }
}
