package dev.multipod.producer;

import dev.multipod.queue.Broker;
import dev.multipod.queue.QueueDefinition;
import dev.multipod.queue.Topics;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/// The share groups of the queues at the broker: their configuration, and their end.
@ApplicationScoped
class Groups {
  private final Broker broker;

  Groups(Broker broker) {
    this.broker = broker;
  }

  void configure(QueueDefinition queue) throws InterruptedException, ExecutionException {
    change(queue, OpType.SET);
  }

  /// Takes a group away, and its configuration.
  ///
  /// @return false while it has members; one that was killed stays until its session ends
  boolean remove(QueueDefinition queue) throws InterruptedException, ExecutionException {
    try {
      broker.ask(broker.admin().deleteShareGroups(List.of(Topics.group(queue))).all());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupNotEmptyException) {
        return false;
      }
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
    change(queue, OpType.DELETE);
    return true;
  }

  private void change(QueueDefinition queue, OpType how)
      throws InterruptedException, ExecutionException {
    Map<String, String> config =
        Map.of(
            "share.auto.offset.reset", "earliest",
            "share.isolation.level", "read_uncommitted",
            "share.record.lock.duration.ms", String.valueOf(queue.lease().toMillis()));
    List<AlterConfigOp> steps =
        config.entrySet().stream()
            .map(entry -> new AlterConfigOp(new ConfigEntry(entry.getKey(), entry.getValue()), how))
            .toList();
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, Topics.group(queue));
    broker.ask(broker.admin().incrementalAlterConfigs(Map.of(group, steps)).all());
  }
}
