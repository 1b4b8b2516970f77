package dev.multipod.kit.input;

import jakarta.ws.rs.ext.ParamConverter;
import jakarta.ws.rs.ext.ParamConverterProvider;
import jakarta.ws.rs.ext.Provider;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Lets a REST method take a `Duration` as a query parameter: `@QueryParam("timeout")`.
@Provider
public final class DurationParameters implements ParamConverterProvider {
  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable ParamConverter<T> getConverter(
      Class<T> type, @Nullable Type genericType, Annotation @Nullable [] annotations) {
    return type == Duration.class ? (ParamConverter<T>) new Converter() : null;
  }

  private static final class Converter implements ParamConverter<Duration> {
    @Override
    public Duration fromString(String value) {
      return Durations.parse(value);
    }

    @Override
    public String toString(Duration value) {
      return Durations.format(value);
    }
  }
}
