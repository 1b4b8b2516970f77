package dev.multipod.gateway;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/// The body of a caller's request on its way up. The head goes first and at once: a caller may wait
/// for the answer's head before it sends its body, and `Expect: 100-continue` is the replica's to
/// answer.
final class Upload implements ReadStream<Buffer> {
  /// How long a replica may leave `Expect: 100-continue` without an answer before the body flows
  /// all the same, as callers do it too.
  private static final long CONTINUE_WAIT_MILLIS = 1000;

  private final Vertx vertx;
  private final Exchange exchange;
  private final HttpServerRequest from;
  private boolean headSent;
  private boolean held;

  Upload(Vertx vertx, Exchange exchange) {
    this.vertx = vertx;
    this.exchange = exchange;
    this.from = exchange.request();
  }

  /// Whether the caller still waits to be told to send.
  boolean held() {
    return held;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    from.exceptionHandler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    from.handler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
    if (handler == null) {
      from.endHandler(null);
    } else {
      from.endHandler(
          end -> {
            exchange.bodySent();
            handler.handle(null);
          });
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    from.pause();
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    if (!headSent) {
      headSent = true;
      sendHead();
    }
    if (!held) {
      from.resume();
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    from.fetch(amount);
    return this;
  }

  private void sendHead() {
    HttpClientRequest to = exchange.upstream();
    if (to == null) {
      return;
    }
    if (Headers.hasToken(from.headers(), HttpHeaders.EXPECT, "100-continue")) {
      held = true;
      to.continueHandler(
          goOn -> {
            if (held && !from.response().headWritten()) {
              from.response().writeContinue();
            }
            release();
          });
      var _ = vertx.setTimer(CONTINUE_WAIT_MILLIS, late -> release());
    }
    to.sendHead();
  }

  private void release() {
    if (held) {
      held = false;
      from.resume();
    }
  }
}
