package dev.multipod.kit.input;

import dev.multipod.kit.problem.Problem;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Refuses a body over `multipod.http.max-body-size`, by its declared length or while it is read.
/// (Quarkus' own limit answers with an empty 413; it stays behind this one.)
@Provider
public final class BodyLimit implements ContainerRequestFilter {
  private final Optional<MemorySize> limit;

  BodyLimit(@ConfigProperty(name = "multipod.http.max-body-size") Optional<MemorySize> limit) {
    this.limit = limit;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    if (limit.isEmpty() || !request.hasEntity()) {
      return;
    }
    long most = limit.get().asLongValue();
    String declared = request.getHeaderString(HttpHeaders.CONTENT_LENGTH);
    if (declared != null && (declared.length() > 18 || Long.parseLong(declared) > most)) {
      throw tooLarge(most);
    }
    if (declared == null) {
      request.setEntityStream(new Bounded(request.getEntityStream(), most));
    }
  }

  private static Problem tooLarge(long most) {
    return Problem.of(
            413,
            "too-large",
            "The body is too large",
            "Send at most %d bytes at once; the limit is the setting multipod.http.max-body-size."
                .formatted(most))
        .with("limit", most);
  }

  private static final class Bounded extends FilterInputStream {
    private final long most;
    private long read;

    Bounded(InputStream in, long most) {
      super(in);
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      count(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = super.read(into, offset, length);
      count(Math.max(n, 0));
      return n;
    }

    private void count(int more) {
      read += more;
      if (read > most) {
        throw tooLarge(most);
      }
    }
  }
}
