package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class TensorBoardLogTest {
  @TempDir Path folder;

  private static JsonNode line(String json) {
    return Json.MAPPER.readTree(json.replace('\'', '"'));
  }

  private static JsonNode step(long step, double loss) {
    return line(
        "{'step':%d,'loss':%s,'grad_norms':{'mlp':0.25},'time':'2026-01-02T03:04:05.5Z'}"
            .formatted(step, loss));
  }

  /// An event as a reader that shares no code with the writer sees it.
  private record Event(
      double time, long step, String version, int session, Map<String, Float> scalars) {}

  private List<Event> read() throws IOException {
    List<Event> events = new ArrayList<>();
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(onlyFile()));
    file.order(ByteOrder.LITTLE_ENDIAN);
    while (file.hasRemaining()) {
      int start = file.position();
      int length = Math.toIntExact(file.getLong());
      assertEquals(mask(crc32c(file.array(), start, 8)), file.getInt(), "checksum of length");
      ByteBuffer content = file.slice(file.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      file.position(file.position() + length);
      assertEquals(mask(crc32c(file.array(), start + 12, length)), file.getInt(), "checksum");
      events.add(event(content));
    }
    return events;
  }

  /// The file that holds anything; at most one that was emptied may lie beside it.
  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.sorted().toList();
      assertTrue(all.size() <= 2, all.toString());
      for (Path emptied : all.subList(0, all.size() - 1)) {
        assertEquals(0, Files.size(emptied));
      }
      return all.getLast();
    }
  }

  /// Bit by bit, with Castagnoli's polynomial reversed.
  private static int crc32c(byte[] bytes, int offset, int length) {
    int crc = -1;
    for (int i = offset; i < offset + length; i++) {
      crc ^= bytes[i] & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
      }
    }
    return ~crc;
  }

  private static int mask(int crc) {
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }

  private static ByteBuffer part(ByteBuffer in) {
    int length = (int) varint(in);
    ByteBuffer part = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return part;
  }

  private static String text(ByteBuffer in) {
    return StandardCharsets.UTF_8.decode(part(in)).toString();
  }

  private static Event event(ByteBuffer in) {
    double time = 0;
    long step = 0;
    String version = "";
    int session = 0;
    Map<String, Float> scalars = new TreeMap<>();
    while (in.hasRemaining()) {
      int key = (int) varint(in);
      switch (key) {
        case 1 << 3 | 1 -> time = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = text(in);
        case 5 << 3 | 2 -> summary(part(in), scalars);
        case 7 << 3 | 2 -> {
          ByteBuffer log = part(in);
          assertEquals(1 << 3, varint(log));
          session = (int) varint(log);
        }
        default -> throw new AssertionError("unknown key " + key);
      }
    }
    return new Event(time, step, version, session, scalars);
  }

  private static void summary(ByteBuffer in, Map<String, Float> scalars) {
    while (in.hasRemaining()) {
      assertEquals(1 << 3 | 2, varint(in));
      ByteBuffer value = part(in);
      assertEquals(1 << 3 | 2, varint(value));
      String tag = text(value);
      assertEquals(2 << 3 | 5, varint(value));
      scalars.put(tag, value.getFloat());
      assertEquals(0, value.remaining());
    }
  }

  @Test
  void theTestsOwnChecksumIsTheStandardOne() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0xe3069283, crc32c(digits, 0, digits.length)); // the catalogue's check value
  }

  @Test
  void everyNumberOfALineIsAScalarOfItsKind() throws IOException {
    try (TensorBoardLog log = TensorBoardLog.begin(folder, List.of())) {
      log.append(step(300, 1.5));
      log.append(
          line(
              "{'step':300,'heldout_loss':2.5,'dtype':'bf16','last':false,"
                  + "'time':'2026-01-02T03:04:06Z'}"));
      log.append(
          line("{'step':300,'heldout_loss':2.25,'last':true,'time':'2026-01-02T03:04:07Z'}"));
    }
    List<Event> events = read();
    assertEquals("brain.Event:2", events.get(0).version());
    assertEquals(1, events.get(1).session());
    double time = 1767323045.5;
    assertEquals(
        List.of(
            new Event(time, 300, "", 0, Map.of("train/loss", 1.5f, "train/grad_norms/mlp", 0.25f)),
            new Event(time + 0.5, 300, "", 0, Map.of("heldout/heldout_loss", 2.5f)),
            new Event(time + 1.5, 300, "", 0, Map.of("final/heldout_loss", 2.25f))),
        events.subList(2, 5));
  }

  @Test
  void filesEmptiedOrLeftByACrashDoNotGather() throws IOException {
    Files.writeString(folder.resolve(".events.out.tfevents.0000000007.auspex.tmp"), "half");
    for (int resumed = 0; resumed < 5; resumed++) {
      TensorBoardLog.begin(folder, List.of(step(1, 3))).close();
      assertEquals(3, read().size());
    }
  }

  @Test
  void aResumedRunReplacesTheFileAndComesLaterByName() throws IOException {
    try (TensorBoardLog log = TensorBoardLog.begin(folder, List.of())) {
      log.append(step(1, 3));
      log.append(step(2, 2));
    }
    Path first = onlyFile();
    Files.write(first, new byte[] {7, 7}, java.nio.file.StandardOpenOption.APPEND);
    try (TensorBoardLog log = TensorBoardLog.begin(folder, List.of(step(1, 3)))) {
      log.append(step(2, 2.5));
    }
    assertTrue(onlyFile().compareTo(first) > 0);
    List<Event> events = read();
    assertEquals(List.of(1L, 2L), events.stream().skip(2).map(Event::step).toList());
    assertEquals(2.5f, events.getLast().scalars().get("train/loss"));
  }
}
