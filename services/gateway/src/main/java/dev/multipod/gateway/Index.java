package dev.multipod.gateway;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;

/// `GET /`: what is behind this address.
@ApplicationScoped
class Index {
  private final Replicas replicas;

  Index(Replicas replicas) {
    this.replicas = replicas;
  }

  void answer(RoutingContext context) {
    JsonArray services = new JsonArray();
    for (ServiceReplicas service : replicas.all()) {
      services.add(
          new JsonObject()
              .put("service", service.service())
              .put("replicas", new JsonArray(service.names()))
              .put("openapi", "/" + service.service() + "/openapi"));
    }
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .end(new JsonObject().put("services", services).encodePrettily() + "\n");
  }
}
