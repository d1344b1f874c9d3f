package dev.auspex.run;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;

/// The lines of a metrics log as an event file that TensorBoard reads.
///
/// Each line is one event with a scalar per number: `train/...` for a step, `heldout/...` for a
/// held-out measurement, `final/...` for that of the finished model. A resumed run replaces the
/// file by a new one with the lines kept, opened by the mark that makes a TensorBoard already
/// looking drop what it had. Records are TFRecord frames around protocol buffers (`Event` of
/// tensorflow/core/util/event.proto). One thread at a time.
public final class TensorBoardLog implements AutoCloseable {
  private static final String PREFIX = "events.out.tfevents.";
  private static final int CRC_MASK = 0xa282ead8;

  private final Path file;
  private final FileChannel channel;

  private TensorBoardLog(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Begins the only event file of a folder that holds anything, with what was logged before.
  ///
  /// @param folder made if needed; its older event files are emptied
  /// @param lines the metrics log so far
  public static TensorBoardLog begin(Path folder, List<? extends JsonNode> lines) {
    try {
      List<Path> older = eventFiles(folder);
      Path file = folder.resolve(PREFIX + "%010d.auspex".formatted(nextNumber(older)));
      AtomicFiles.write(
          file,
          out -> {
            double now = Instant.now().toEpochMilli() / 1e3;
            out.write(record(new Message().fixed64(1, now).text(3, "brain.Event:2")));
            // SessionLog.status = START: whatever a reader holds from step 0 on is out of date.
            out.write(
                record(
                    new Message()
                        .fixed64(1, now)
                        .varint(2, 0)
                        .bytes(7, new Message().varint(1, 1))));
            for (JsonNode line : lines) {
              out.write(event(line));
            }
          });
      for (Path old : older) {
        retire(old);
      }
      return new TensorBoardLog(file, FileChannel.open(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }

  /// Adds one line of the metrics log; it reaches the operating system before this returns.
  public void append(JsonNode line) {
    ByteBuffer buffer = ByteBuffer.wrap(event(line));
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Closes the file.
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Empties a file, and deletes it only when a later run comes by: a TensorBoard that is reading
  /// it goes on to the next file from its end, but not from a file that is gone.
  private static void retire(Path file) throws IOException {
    if (Files.size(file) == 0) {
      Files.delete(file);
    } else {
      Files.write(file, new byte[0]);
    }
  }

  /// Also a temporary one that a crash left, which TensorBoard would take for an event file.
  private static List<Path> eventFiles(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*" + PREFIX + "*")) {
      found.forEach(files::add);
    }
    return files;
  }

  /// The time in seconds, as is usual, but always after that of the older files: TensorBoard goes
  /// from file to file in the order of their names.
  private static long nextNumber(List<Path> older) {
    long newest =
        older.stream()
            .map(path -> path.getFileName().toString().substring(PREFIX.length()).split("\\.")[0])
            .filter(number -> number.matches("\\d{1,18}"))
            .mapToLong(Long::parseLong)
            .max()
            .orElse(0);
    return Math.max(newest + 1, Instant.now().getEpochSecond());
  }

  private static byte[] event(JsonNode line) {
    Message event = new Message();
    event.fixed64(1, Instant.parse(line.path("time").asString()).toEpochMilli() / 1e3);
    event.varint(2, line.path("step").asLong());
    Message summary = new Message();
    scalars(summary, kind(line), line);
    return record(event.bytes(5, summary));
  }

  private static String kind(JsonNode line) {
    if (!line.has("heldout_loss")) {
      return "train/";
    }
    return line.path("last").asBoolean(false) ? "final/" : "heldout/";
  }

  private static void scalars(Message summary, String prefix, JsonNode node) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        scalars(summary, prefix + entry.getKey() + "/", value);
      } else if (value.isNumber() && !entry.getKey().equals("step")) {
        Message scalar = new Message().text(1, prefix + entry.getKey());
        summary.bytes(1, scalar.fixed32(2, (float) value.doubleValue()));
      }
    }
  }

  /// A TFRecord frame: length, its checksum, content, its checksum; little-endian.
  private static byte[] record(Message message) {
    byte[] content = message.toBytes();
    ByteBuffer frame = ByteBuffer.allocate(content.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    frame.putLong(content.length);
    frame.putInt(maskedCrc(frame.array(), 0, 8));
    frame.put(content);
    frame.putInt(maskedCrc(frame.array(), 12, content.length));
    return frame.array();
  }

  /// TFRecord stores checksums rotated and offset, so that data holding checksums checks as well.
  private static int maskedCrc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
  }

  /// A protocol buffer being written.
  private static final class Message {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    Message varint(int field, long value) {
      key(field, VARINT);
      raw(value);
      return this;
    }

    Message fixed64(int field, double value) {
      key(field, FIXED64);
      little(Double.doubleToLongBits(value), 8);
      return this;
    }

    Message fixed32(int field, float value) {
      key(field, FIXED32);
      little(Float.floatToIntBits(value), 4);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message bytes(int field, Message value) {
      return bytes(field, value.toBytes());
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private Message bytes(int field, byte[] value) {
      key(field, LENGTH);
      raw(value.length);
      out.writeBytes(value);
      return this;
    }

    private void key(int field, int type) {
      raw((long) field << 3 | type);
    }

    private void raw(long value) {
      long rest = value;
      for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
        out.write((int) (rest & 0x7f | 0x80));
      }
      out.write((int) rest);
    }

    private void little(long bits, int bytes) {
      for (int i = 0; i < bytes; i++) {
        out.write((int) (bits >>> 8 * i));
      }
    }
  }
}
