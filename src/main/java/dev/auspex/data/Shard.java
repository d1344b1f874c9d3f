package dev.auspex.data;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A memory-mapped file of token ids. Thread-safe until closed.
final class Shard implements AutoCloseable {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment ids;
  private final int width;
  private final DatasetInfo.ShardInfo info;

  Shard(Path file, DatasetInfo.ShardInfo info, int vocabSize) {
    this.file = file;
    this.info = info;
    this.width = ShardWriter.widthFor(vocabSize);
    long expected = ShardWriter.HEADER + info.tokens() * width;
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + " must exist; build the dataset again");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != expected) {
        throw new DataException(
            "%s (%d bytes) must be %d bytes long; it was cut short or changed, build it again"
                .formatted(file, channel.size(), expected));
      }
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, expected, arena);
      for (int i = 0; i < ShardWriter.MAGIC.length; i++) {
        if (all.get(ValueLayout.JAVA_BYTE, i) != ShardWriter.MAGIC[i]) {
          throw new DataException(file + " (byte " + i + ") must begin with AUSPXTOK; build again");
        }
      }
      ids = all.asSlice(ShardWriter.HEADER);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  Path file() {
    return file;
  }

  long tokens() {
    return info.tokens();
  }

  void copy(long from, int[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = id(from + i);
    }
  }

  int id(long index) {
    return width == 2 ? Short.toUnsignedInt(ids.get(SHORT, index * 2)) : ids.get(INT, index * 4);
  }

  /// Compares the file with the hash on record.
  void verify() {
    String actual = Hashes.sha256(file);
    if (!actual.equals(info.sha256())) {
      throw new DataException(
          "%s (sha256 %s...) must have sha256 %s...; it was changed, build the dataset again"
              .formatted(file, actual.substring(0, 12), info.sha256().substring(0, 12)));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
