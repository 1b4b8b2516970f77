package dev.multipod.producer;

import dev.multipod.kit.problem.Problem;
import dev.multipod.queue.Broker;
import dev.multipod.queue.DeletedQueue;
import dev.multipod.queue.Directory;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jboss.logging.Logger;

/// What deleted queues have left in Kafka: topics, and a group with its configuration. The owner of
/// their share takes it away, at once if it can, else again and again: also after a delete that was
/// cut in the middle. No queue that is there has to do with it.
@ApplicationScoped
class Remains {
  private static final Logger LOG = Logger.getLogger(Remains.class);
  private static final Duration STEP = Duration.ofSeconds(2);

  private final Broker broker;
  private final Directory directory;
  private final Definitions definitions;
  private final Groups groups;
  private final Ownership ownership;
  private final ProducerSettings settings;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("remains").factory());

  Remains(
      Broker broker,
      Directory directory,
      Definitions definitions,
      Groups groups,
      Ownership ownership,
      ProducerSettings settings) {
    this.broker = broker;
    this.directory = directory;
    this.definitions = definitions;
    this.groups = groups;
    this.ownership = ownership;
    this.settings = settings;
  }

  /// The queue's items and letters are gone when it returns. Its group goes later, when it has
  /// members still.
  void remove(Term term, DeletedQueue deleted)
      throws InterruptedException, ExecutionException, TermOver {
    QueueDefinition queue = deleted.queue();
    // What is on its way to a topic that goes would fail, and end the term.
    term.drop(queue);
    removeTopic(Topics.items(queue));
    removeTopic(Topics.deadLetters(queue));
    if (groups.remove(queue)) {
      LOG.infof("event=queue-removed queue=%s generation=%d", queue.name(), queue.generation());
      definitions.change(
          queue.name(),
          writer -> {
            forget(deleted, writer).commit();
            return true;
          });
    }
  }

  /// The last generation of a name stays in mind while no later one is there, and not forever.
  private Definitions.Writer forget(DeletedQueue deleted, Definitions.Writer writer) {
    QueueDefinition queue = deleted.queue();
    List<DeletedQueue> others = directory.deleted(queue.name());
    boolean later =
        directory.find(queue.name()).isPresent()
            || others.stream().anyMatch(each -> each.queue().generation() > queue.generation());
    directory.deleted().stream()
        .filter(DeletedQueue::clean)
        .filter(each -> share(each) == share(deleted))
        .sorted(Comparator.comparing(DeletedQueue::at).reversed())
        .skip(settings.deletedQueues())
        .forEach(writer::forget);
    return later
        ? writer.forget(deleted)
        : writer.remember(new DeletedQueue(queue, deleted.at(), true));
  }

  private int share(DeletedQueue deleted) {
    return Topics.partitionOf(deleted.queue().name(), directory.shares());
  }

  private void removeTopic(String topic) throws InterruptedException, ExecutionException {
    Optional<Throwable> failure =
        broker.ask(
            broker
                .admin()
                .deleteTopics(List.of(topic))
                .all()
                .toCompletionStage()
                .handle((_, why) -> Optional.ofNullable(why))
                .toCompletableFuture());
    // It may have been taken away before; to others this failure means to ask again.
    if (failure.isPresent() && !(failure.get() instanceof UnknownTopicOrPartitionException)) {
      throw Broker.away(failure.get());
    }
  }

  void start(@Observes StartupEvent event) {
    long step = STEP.toMillis();
    var _ = clock.scheduleWithFixedDelay(this::removeAll, step, step, TimeUnit.MILLISECONDS);
  }

  void stop(@Observes ShutdownEvent event) {
    clock.shutdownNow();
  }

  private void removeAll() {
    for (DeletedQueue each : directory.deleted()) {
      Optional<Term> mine = each.clean() ? Optional.empty() : ownership.term(share(each));
      mine.ifPresent(term -> tryToRemove(term, each));
    }
  }

  /// One that cannot be removed now does not hold up the others.
  private void tryToRemove(Term term, DeletedQueue deleted) {
    try {
      remove(term, deleted);
    } catch (ExecutionException | TermOver | RuntimeException e) {
      LOG.warnf(
          "event=not-removed queue=%s cause=%s",
          deleted.key(), e instanceof Problem told ? told.detail() : e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
