package dev.auspex.data;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;

/// One shard file mapped into memory. Lives as long as the arena; safe for several threads.
final class TokenShard {
  private static final String CURE = "; copy it again or build the dataset again";

  private final Path file;
  private final DatasetManifest.Shard expected;
  private final int vocabSize;
  private final int width;
  private final MemorySegment content;

  private TokenShard(
      Path file, DatasetManifest.Shard expected, int vocabSize, MemorySegment content) {
    this.file = file;
    this.expected = expected;
    this.vocabSize = vocabSize;
    this.width = ShardFormat.bytesPerToken(vocabSize);
    this.content = content;
  }

  /// Maps a shard and checks its header and size.
  static TokenShard open(Path folder, DatasetManifest.Shard expected, int vocabSize, Arena arena) {
    Path file = folder.resolve(expected.file());
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + " must exist, dataset.json names it" + CURE);
    }
    long wanted =
        ShardFormat.HEADER_BYTES + expected.tokens() * ShardFormat.bytesPerToken(vocabSize);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != wanted) {
        throw new DataException(
            "%s must have %d bytes; it ends at offset %d%s"
                .formatted(file, wanted, channel.size(), CURE));
      }
      MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, wanted, arena);
      TokenShard shard = new TokenShard(file, expected, vocabSize, content);
      shard.checkHeader();
      return shard;
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private void checkHeader() {
    byte[] magic =
        content
            .asSlice(0, ShardFormat.MAGIC.length)
            .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    require(Arrays.equals(magic, ShardFormat.MAGIC), 0, "the letters AUSPEXTK");
    int version = content.get(ShardFormat.INT, ShardFormat.VERSION_OFFSET);
    require(version == ShardFormat.VERSION, ShardFormat.VERSION_OFFSET, "version 1");
    int stated = content.get(ShardFormat.INT, ShardFormat.WIDTH_OFFSET);
    require(stated == width, ShardFormat.WIDTH_OFFSET, width + " bytes a token");
    long count = content.get(ShardFormat.LONG, ShardFormat.COUNT_OFFSET);
    require(count == expected.tokens(), ShardFormat.COUNT_OFFSET, expected.tokens() + " tokens");
    int vocab = content.get(ShardFormat.INT, ShardFormat.VOCAB_OFFSET);
    require(vocab == vocabSize, ShardFormat.VOCAB_OFFSET, "vocabulary size " + vocabSize);
  }

  private void require(boolean holds, long offset, String what) {
    if (!holds) {
      throw new DataException(
          "%s must have %s at offset %d; it is no shard of this dataset or damaged%s"
              .formatted(file, what, offset, CURE));
    }
  }

  long length() {
    return expected.tokens();
  }

  String name() {
    return expected.file();
  }

  /// Copies tokens; an id outside the vocabulary is damage.
  void copy(long from, int[] target, int at, int count) {
    long offset = ShardFormat.HEADER_BYTES + from * width;
    for (int i = 0; i < count; i++, offset += width) {
      int id =
          width == 2
              ? Short.toUnsignedInt(content.get(ShardFormat.SHORT, offset))
              : content.get(ShardFormat.INT, offset);
      if (Integer.compareUnsigned(id, vocabSize) >= 0) {
        throw new DataException(
            "%s must have ids below %d; %d at offset %d, the file is damaged%s"
                .formatted(file, vocabSize, Integer.toUnsignedLong(id), offset, CURE));
      }
      target[at + i] = id;
    }
  }

  /// Reads the whole file and compares it with what was written.
  void verify() {
    MessageDigest digest = Hashes.sha256();
    try (InputStream in = Files.newInputStream(file)) {
      for (int i = 0; i < expected.blocks().size(); i++) {
        byte[] block = in.readNBytes(ShardFormat.BLOCK_BYTES);
        digest.update(block);
        if (!ShardWriter.checksum(block).equals(expected.blocks().get(i))) {
          long offset = (long) i * ShardFormat.BLOCK_BYTES;
          throw new DataException(
              "%s must be as it was written; it differs between offsets %d and %d%s"
                  .formatted(file, offset, offset + block.length, CURE));
        }
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    if (!Hashes.hex(digest.digest()).equals(expected.sha256())) {
      throw new DataException(file + " must have the SHA-256 that dataset.json states" + CURE);
    }
  }
}
