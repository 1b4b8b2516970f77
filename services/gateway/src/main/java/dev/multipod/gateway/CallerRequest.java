package dev.multipod.gateway;

import io.quarkus.vertx.http.runtime.filters.AbstractResponseWrapper;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;

/// A caller's request whose answer, when it is cut, also ends for those who wait for its end: the
/// places and the shutdown. In Vert.x 4 a response that is reset tells nobody that it is over.
final class CallerRequest extends HttpServerRequestWrapper {
  private final HttpServerResponse response;

  CallerRequest(HttpServerRequest request) {
    super((HttpServerRequestInternal) request);
    this.response =
        new AbstractResponseWrapper(request.response()) {
          @Override
          public boolean reset() {
            return reset(0);
          }

          @Override
          public boolean reset(long code) {
            var _ = request.connection().close();
            return true;
          }
        };
  }

  @Override
  public HttpServerResponse response() {
    return response;
  }
}
