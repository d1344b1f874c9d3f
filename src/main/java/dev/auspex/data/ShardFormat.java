package dev.auspex.data;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The bytes of a shard file; see the package comment.
final class ShardFormat {
  static final byte[] MAGIC = "AUSPEXTK".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;
  static final int HEADER_BYTES = 64;
  static final int BLOCK_BYTES = 1 << 20;

  /// Tokens a shard holds at most: 1 GiB with four bytes a token.
  static final long LARGEST = 1L << 28;

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final int VERSION_OFFSET = 8;
  static final int WIDTH_OFFSET = 12;
  static final int COUNT_OFFSET = 16;
  static final int VOCAB_OFFSET = 24;

  private ShardFormat() {}

  /// Width of a token: two bytes where all ids fit.
  static int bytesPerToken(int vocabSize) {
    return vocabSize <= 1 << 16 ? 2 : 4;
  }

  static ByteBuffer header(int vocabSize, long tokens) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC);
    header.putInt(VERSION);
    header.putInt(bytesPerToken(vocabSize));
    header.putLong(tokens);
    header.putInt(vocabSize);
    return header.position(0);
  }

  static String file(Split split, int index) {
    return "%s-%05d.bin".formatted(split.key(), index);
  }
}
