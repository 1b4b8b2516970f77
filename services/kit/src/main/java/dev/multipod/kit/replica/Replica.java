package dev.multipod.kit.replica;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// This process: its service and its name. Every answer carries the name as `Multipod-Replica`, and
/// `GET /<service>/replica` tells it.
@ApplicationScoped
public class Replica {
  /// The response header that names the replica which answered.
  public static final String HEADER = "Multipod-Replica";

  private final String service;
  private final String name;
  private final String instance = UUID.randomUUID().toString().substring(0, 8);

  Replica(
      @ConfigProperty(name = "quarkus.application.name") String service,
      @ConfigProperty(name = "multipod.replica") String name) {
    this.service = service;
    this.name = name;
  }

  /// The service's name, which is also the first part of its paths: `tcp-echo`.
  public String service() {
    return service;
  }

  /// The pod's name in a cluster, `<service>-<number>` on a laptop.
  public String name() {
    return name;
  }

  /// Which run of the replica this is: a replica that is started again has another.
  public String instance() {
    return instance;
  }

  void register(@Observes Router router) {
    router
        .route()
        .order(Integer.MIN_VALUE)
        .handler(
            context -> {
              context.response().putHeader(HEADER, name());
              context.next();
            });
    router
        .get("/" + service + "/replica")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(
                        new JsonObject()
                            .put("service", service())
                            .put("replica", name())
                            .put("instance", instance())
                            .encode()));
  }
}
