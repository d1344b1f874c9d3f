package dev.auspex.run;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A file of one JSON object per line that only grows: metrics, ladder results, samples.
///
/// Each line reaches the operating system whole before `append` returns, so a killed process loses
/// at most the line it was writing; opening the log removes such a half line. One thread at a time.
public final class MetricsLog implements AutoCloseable {
  private final Path file;
  private FileChannel channel;

  private MetricsLog(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Opens or makes the file and removes a half-written last line.
  public static MetricsLog open(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      FileChannel channel = openAtEnd(file);
      channel.truncate(completeLength(channel));
      return new MetricsLog(file, channel);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// All whole lines of a log, which may be in use or absent; a half-written last line is left out.
  public static List<JsonNode> read(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = completeLength(channel);
      channel.position(0);
      return parse(file, new Bounded(Channels.newInputStream(channel), length));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Adds one line.
  /// @param line a record or map that becomes a JSON object
  public void append(Object line) {
    byte[] bytes = (Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Returns once all lines are on the disk, where even a power cut leaves them.
  public void sync() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Removes the lines that a run resumed from `step` writes again: those whose `step` is greater,
  /// and those marked `last`, which come after the last step. Lines without a `step` stay.
  /// @return the lines kept
  public List<JsonNode> truncateAfterStep(long step) {
    List<JsonNode> lines = read(file);
    List<JsonNode> kept =
        lines.stream()
            .filter(line -> line.path("step").asLong(Long.MIN_VALUE) <= step)
            .filter(line -> !line.path("last").asBoolean(false))
            .toList();
    if (kept.size() == lines.size()) {
      return kept;
    }
    StringBuilder text = new StringBuilder();
    kept.forEach(line -> text.append(Json.line(line)).append('\n'));
    try {
      channel.close();
      AtomicFiles.writeString(file, text.toString());
      channel = openAtEnd(file);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return kept;
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

  private static FileChannel openAtEnd(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    channel.position(channel.size());
    return channel;
  }

  private static List<JsonNode> parse(Path file, InputStream in) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lines.add(parse(file, line, lines.size() + 1));
    }
    return lines;
  }

  private static JsonNode parse(Path file, String line, int number) {
    String problem = "it is not";
    try {
      JsonNode node = Json.MAPPER.readTree(line);
      if (node.isObject()) {
        return node;
      }
    } catch (JacksonException e) {
      problem = Json.reason(e);
    }
    throw new RunException(
        "%s line %d must be one JSON object (%s); restore the file, or remove that line"
            .formatted(file, number, problem));
  }

  /// The length up to and with the last newline.
  private static long completeLength(FileChannel channel) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 13);
    for (long end = channel.size(); end > 0; ) {
      long start = Math.max(0, end - block.capacity());
      block.clear().limit((int) (end - start));
      while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {
        // Reads may be short.
      }
      for (int i = block.position() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return start + i + 1;
        }
      }
      end = start;
    }
    return 0;
  }

  /// The first bytes of a stream, because the file may grow while it is read.
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private long left;

    Bounded(InputStream in, long length) {
      this.in = in;
      left = length;
    }

    @Override
    public int read() throws IOException {
      return left-- > 0 ? in.read() : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left <= 0) {
        return length == 0 ? 0 : -1;
      }
      int read = in.read(bytes, offset, (int) Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }
  }
}
