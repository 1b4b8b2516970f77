package dev.multipod.kit;

import dev.multipod.kit.input.IdempotencyKey;
import dev.multipod.kit.input.Names;
import dev.multipod.kit.input.Text;
import dev.multipod.kit.problem.Problem;
import dev.multipod.kit.wait.LongPoll;
import dev.multipod.kit.wait.Signal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The smallest service that uses every part of the kit a caller can see.
@Path("/sample")
@RunOnVirtualThread
public class SampleService {
  private final LongPoll poll;

  SampleService(LongPoll poll) {
    this.poll = poll;
  }

  public record Order(int count, Duration hold) {}

  @POST
  @Path("/text")
  public String text(byte[] body) {
    return Text.utf8(body);
  }

  @POST
  @Path("/orders")
  public Order order(Order order) {
    return order;
  }

  @POST
  @Path("/keyed")
  public String keyed(@HeaderParam(IdempotencyKey.HEADER) @Nullable String key) {
    return IdempotencyKey.require(key).value();
  }

  @GET
  @Path("/names/{name}")
  public String name(@PathParam("name") String name) {
    return Names.require("thing", name);
  }

  @GET
  @Path("/wait")
  public String waitFor(@QueryParam("timeout") Duration timeout) throws InterruptedException {
    return poll.await(new Signal(), timeout, timeout, Optional::<String>empty).orElse("nothing");
  }

  @GET
  @Path("/full")
  public String full() {
    throw Problem.of(503, "sample-full", "Full", "Come back.")
        .with("limit", 3)
        .retryAfter(Duration.ofMillis(1200));
  }

  @GET
  @Path("/broken")
  public String broken() {
    throw new IllegalStateException("a secret that must not leave the log");
  }
}
