package dev.multipod.crawler.task;

import dev.multipod.crawler.pool.Pool;
import dev.multipod.crawler.pool.Pools;
import dev.multipod.kit.input.Names;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// What the tasks of a pool gave so far, in the order in which they ended. Streamed page by page:
/// neither all of it is in memory nor is a connection to the database held while a caller reads.
@Path("/crawler-pool/pools/{pool}/results")
@RunOnVirtualThread
public class ResultResource {
  private static final String NDJSON = "application/x-ndjson";
  private static final int PAGE = 500;

  private final Pools pools;
  private final Tasks tasks;

  ResultResource(Pools pools, Tasks tasks) {
    this.pools = pools;
    this.tasks = tasks;
  }

  @GET
  @Produces({NDJSON, MediaType.TEXT_PLAIN})
  @Operation(
      summary = "The ended tasks, one JSON object a line",
      description = "With Accept: text/plain the tutorial's db.txt: a line for each page of text.")
  public Response results(@PathParam("pool") String name, @Context HttpHeaders headers) {
    Pool pool = pools.get(Names.require("pool", name));
    return wantsLines(headers.getAcceptableMediaTypes())
        ? Response.ok(lines(pool.id()), MediaType.TEXT_PLAIN + ";charset=UTF-8").build()
        : Response.ok(ndjson(pool.id()), NDJSON).build();
  }

  /// The first accepted type that can be had; the callers' types are sorted by their preference.
  private static boolean wantsLines(List<MediaType> accepted) {
    for (MediaType type : accepted) {
      if (type.isCompatible(MediaType.valueOf(NDJSON))) {
        return false;
      }
      if (type.isCompatible(MediaType.TEXT_PLAIN_TYPE)) {
        return true;
      }
    }
    return false;
  }

  private StreamingOutput ndjson(long pool) {
    return out -> {
      long after = 0;
      List<TaskView> page;
      do {
        page = tasks.ended(pool, after, PAGE);
        for (TaskView task : page) {
          out.write(task.json().toString().getBytes(StandardCharsets.UTF_8));
          out.write('\n');
          after = task.finish();
        }
      } while (page.size() == PAGE);
    };
  }

  private StreamingOutput lines(long pool) {
    return out -> {
      long after = 0;
      List<Tasks.Line> page;
      do {
        page = tasks.lines(pool, after, PAGE);
        for (Tasks.Line line : page) {
          out.write(line.text().getBytes(StandardCharsets.UTF_8));
          after = line.finish();
        }
      } while (page.size() == PAGE);
    };
  }
}
