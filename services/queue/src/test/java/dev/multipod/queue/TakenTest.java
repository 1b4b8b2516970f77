package dev.multipod.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class TakenTest {
  private static List<ConsumerRecord<byte[], byte[]>> items(long... offsets) {
    return LongStream.of(offsets)
        .mapToObj(
            offset ->
                new ConsumerRecord<>("multipod.queue.dishes", 0, offset, new byte[0], new byte[0]))
        .toList();
  }

  private static Optional<Taken> read(String key) {
    return Taken.read(
        new ConsumerRecord<>(
            Topics.TAKEN, 0, 0, key.getBytes(StandardCharsets.UTF_8), new byte[0]));
  }

  @Test
  void itemsWithoutAGapAreOneNotice() {
    assertEquals(List.of(new Taken("dishes", 7, 9)), Taken.of(items(8, 7, 9)));
    assertEquals(
        List.of(new Taken("dishes", 1, 1), new Taken("dishes", 3, 4), new Taken("dishes", 6, 6)),
        Taken.of(items(1, 3, 4, 6)));
    assertEquals(List.of(), Taken.of(items()));
  }

  @Test
  void aNoticeIsReadAsItWasWritten() {
    for (Taken notice : List.of(new Taken("dishes", 7, 7), new Taken("dishes.2", 7, 506))) {
      ProducerRecord<byte[], byte[]> written = notice.record(4);
      assertEquals(Optional.of(notice), read(new String(written.key(), StandardCharsets.UTF_8)));
    }
  }

  @Test
  void theNoticeOfOneItemIsWrittenAsEver() {
    ProducerRecord<byte[], byte[]> written = new Taken("dishes", 7, 7).record(4);
    assertEquals("dishes/0-7", new String(written.key(), StandardCharsets.UTF_8));
  }

  @Test
  void whatIsNoneIsNotRead() {
    assertEquals(Optional.empty(), read("dishes"));
    assertEquals(Optional.empty(), read("dishes/0-"));
    assertEquals(Optional.empty(), read("dishes/0-7-8-9"));
    assertEquals(Optional.empty(), read("dishes/0-9-7"));
    assertEquals(Optional.empty(), read("dishes/0-0-100000"));
  }
}
