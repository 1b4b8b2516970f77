package dev.multipod.echo;

import dev.multipod.kit.problem.Problem;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Bounded bursts from this replica to all of them.
@ApplicationScoped
public class Loads {
  private final ClientSettings settings;
  private final Targets targets;
  private final Dialer dialer;
  private final Semaphore places;

  Loads(ClientSettings settings, Targets targets, Dialer dialer) {
    this.settings = settings;
    this.targets = targets;
    this.dialer = dialer;
    this.places = new Semaphore(settings.load().concurrent());
  }

  /// A burst that starts when it is listened to and stops when nobody listens any more.
  ///
  /// @throws Problem 422 `load-too-small` or `load-too-large`; 503 `load-busy`
  public Multi<LoadLine> start(LoadRequest asked) {
    LoadRequest request = asked.within(settings);
    if (!places.tryAcquire()) {
      throw Problem.of(
              503,
              "load-busy",
              "Loads run here already",
              "Retry when they are done, or ask another replica.")
          .with("limit", settings.load().concurrent())
          .retryAfter(Duration.ofSeconds(1));
    }
    return Multi.createFrom().emitter(lines -> start(request, lines));
  }

  private void start(LoadRequest request, MultiEmitter<? super LoadLine> lines) {
    var _ =
        Thread.ofVirtual()
            .name("load")
            .start(
                () -> {
                  try {
                    LoadRun run = new LoadRun(request, settings, dialer, targets.all());
                    lines.onTermination(run::cancel);
                    run.run(lines::emit);
                    lines.complete();
                  } catch (InterruptedException | RuntimeException e) {
                    lines.fail(e);
                  } finally {
                    places.release();
                  }
                });
  }
}
