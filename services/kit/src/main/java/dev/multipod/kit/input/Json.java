package dev.multipod.kit.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipod.kit.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;
import org.jspecify.annotations.Nullable;

/// Writes JSON, and reads bodies strictly, whatever Content-Type they came with, so that a plain
/// `curl -d` works.
@ApplicationScoped
public class Json {
  private final ObjectMapper mapper;

  Json(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /// Reads a body.
  ///
  /// @throws Problem 400 `not-utf-8`; a body that is not such JSON becomes 400 `malformed-json`
  public <T> T read(byte @Nullable [] body, Class<T> type) {
    try {
      T value =
          mapper
              .readerFor(type)
              .without(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
              .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .readValue(Text.utf8(body == null ? new byte[0] : body));
      if (value == null) {
        throw Problem.of(
            400, "malformed-json", "The JSON does not fit", "Send a JSON object, not null.");
      }
      return value;
    } catch (JsonProcessingException e) {
      // The kit turns the cause into a problem that says where.
      throw new WebApplicationException(e, 400);
    }
  }

  public String write(Object value) {
    try {
      return mapper.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /// As [#read], and `otherwise` for an empty body.
  public <T> T readOr(byte @Nullable [] body, Class<T> type, T otherwise) {
    return body == null || body.length == 0 ? otherwise : read(body, type);
  }
}
