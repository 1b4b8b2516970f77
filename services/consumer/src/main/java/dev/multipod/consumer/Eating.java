package dev.multipod.consumer;

import dev.multipod.queue.ItemHeaders;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/// The span of an item in somebody's hands, linked to the put that it came from.
@ApplicationScoped
class Eating {
  private static final class Carrier implements TextMapGetter<Headers> {
    @Override
    public Iterable<String> keys(Headers headers) {
      List<String> names = new ArrayList<>();
      for (Header header : headers) {
        names.add(header.key());
      }
      return names;
    }

    @Override
    public @Nullable String get(@Nullable Headers headers, String name) {
      return headers == null ? null : ItemHeaders.get(headers, name).orElse(null);
    }
  }

  private final OpenTelemetry telemetry;

  Eating(OpenTelemetry telemetry) {
    this.telemetry = telemetry;
  }

  /// Begins; [#end] ends it.
  Span begin(String queue, LeasedItem item) {
    Context put =
        telemetry
            .getPropagators()
            .getTextMapPropagator()
            .extract(Context.root(), item.record().headers(), new Carrier());
    return telemetry
        .getTracer("multipod.consumer")
        .spanBuilder("eat " + queue)
        .setSpanKind(SpanKind.CONSUMER)
        .addLink(Span.fromContext(put).getSpanContext())
        .setAttribute("multipod.queue", queue)
        .setAttribute("multipod.item", item.id())
        .setAttribute("multipod.deliveries", item.deliveries())
        .startSpan();
  }

  void end(Span span, Ending ending) {
    span.setAttribute("multipod.ending", ending.name().toLowerCase(Locale.ROOT));
    span.end();
  }
}
