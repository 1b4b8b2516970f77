package dev.multipod.kit.auth;

import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.problem.RouteProblems;
import dev.multipod.kit.replica.Replica;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/// Stands before everything the main port serves: a valid token, and `observe` to read, `use` for
/// the rest. What stays open: the replica's name, by which replicas find each other, the
/// description of the API, which the errors point to, and `/q/`, where health is when it has no
/// port of its own.
@ApplicationScoped
final class Guard implements HttpSecurityPolicy {
  private static final Logger LOG = Logger.getLogger(Guard.class);

  private final boolean required;
  private final Set<String> open;
  private final RouteProblems problems;

  Guard(AuthSettings settings, Replica replica, RouteProblems problems) {
    this.required = settings.required();
    String service = "/" + replica.service();
    this.open = Set.of(service + "/replica", service + "/openapi");
    this.problems = problems;
  }

  @Override
  public Uni<CheckResult> checkPermission(
      RoutingContext request, Uni<SecurityIdentity> identity, AuthorizationRequestContext context) {
    String path = request.normalizedPath();
    if (!required || open.contains(path) || path.startsWith("/q/")) {
      return CheckResult.permit();
    }
    request.put(QuarkusHttpUser.AUTH_FAILURE_HANDLER, new LeftToTheGuard());
    Role needed = reads(request.request().method()) ? Role.OBSERVE : Role.USE;
    return identity
        .onItem()
        .transformToUni(
            caller -> {
              if (caller.isAnonymous()) {
                refuse(request, 401, "Bearer realm=\"multipod\"");
              } else if (!caller.hasRole(needed.label())) {
                refuse(
                    request,
                    403,
                    "Bearer realm=\"multipod\", error=\"insufficient_scope\", scope=\"%s\""
                        .formatted(needed.label()));
              }
              return CheckResult.permit();
            })
        .onFailure(AuthenticationFailedException.class)
        .recoverWithUni(
            failure -> {
              LOG.debugf("event=token-refused cause=%s", failure);
              refuse(request, 401, "Bearer realm=\"multipod\", error=\"invalid_token\"");
              return CheckResult.permit();
            })
        .onFailure()
        .recoverWithUni(
            failure -> {
              LOG.warnf("event=issuer-unavailable cause=%s", failure);
              problems.answer(request, issuerUnavailable());
              return CheckResult.permit();
            });
  }

  private static Problem issuerUnavailable() {
    return Problem.of(
            503,
            "issuer-unavailable",
            "Tokens cannot be verified now",
            "The issuer of the tokens does not answer this service. Retry; if it stays, look at its"
                + " log for issuer-unavailable.")
        .retryAfter(Duration.ofSeconds(5));
  }

  private static boolean reads(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  /// Ends the request; whatever is returned as the check's result then counts no more.
  private void refuse(RoutingContext request, int status, String challenge) {
    request.response().putHeader("WWW-Authenticate", challenge);
    problems.answer(request, status);
  }

  /// The platform's own handler would answer first, without a body.
  private static final class LeftToTheGuard implements BiConsumer<RoutingContext, Throwable> {
    @Override
    public void accept(RoutingContext context, Throwable failure) {}
  }
}
