package dev.auspex.data;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Writes the tokens of one side of the split into shard files, beginning a new one when one is
/// full. Used by one thread.
final class ShardWriter implements AutoCloseable {
  private final Path folder;
  private final Split split;
  private final int vocabSize;
  private final long tokensPerShard;
  private final boolean wide;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private final List<DatasetManifest.Shard> shards = new ArrayList<>();
  private Path file = Path.of("");
  private @Nullable FileChannel channel;
  private long tokens;

  ShardWriter(Path folder, Split split, int vocabSize, long tokensPerShard) {
    this.folder = folder;
    this.split = split;
    this.vocabSize = vocabSize;
    this.tokensPerShard = tokensPerShard;
    this.wide = ShardFormat.bytesPerToken(vocabSize) == 4;
  }

  /// Appends the tokens `from` to `to`.
  void append(int[] ids, int from, int to) {
    try {
      for (int i = from; i < to; i++) {
        if (channel == null || tokens == tokensPerShard) {
          next();
        }
        if (buffer.remaining() < 4) {
          flush();
        }
        if (wide) {
          buffer.putInt(ids[i]);
        } else {
          buffer.putShort((short) ids[i]);
        }
        tokens++;
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private void next() throws IOException {
    finish();
    file = folder.resolve(ShardFormat.file(split, shards.size()));
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    tokens = 0;
    buffer.clear().put(ShardFormat.header(vocabSize, 0));
  }

  private void flush() throws IOException {
    buffer.flip();
    while (channel != null && buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private void finish() throws IOException {
    if (channel == null) {
      return;
    }
    flush();
    ByteBuffer header = ShardFormat.header(vocabSize, tokens);
    for (int at = 0; header.hasRemaining(); at = header.position()) {
      channel.write(header, at);
    }
    channel.force(true);
    channel.close();
    channel = null;
    shards.add(describe(file, tokens));
  }

  private static DatasetManifest.Shard describe(Path file, long tokens) throws IOException {
    MessageDigest digest = Hashes.sha256();
    List<String> blocks = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = in.readNBytes(ShardFormat.BLOCK_BYTES);
      while (block.length > 0) {
        digest.update(block);
        blocks.add(checksum(block));
        block = in.readNBytes(ShardFormat.BLOCK_BYTES);
      }
    }
    String name = file.getFileName().toString();
    return new DatasetManifest.Shard(name, tokens, Hashes.hex(digest.digest()), blocks);
  }

  /// CRC32C of a block, in hex.
  static String checksum(byte[] block) {
    CRC32C crc = new CRC32C();
    crc.update(block);
    return "%08x".formatted(crc.getValue());
  }

  /// Ends the last shard.
  ///
  /// @return all shards, none when nothing was appended
  List<DatasetManifest.Shard> end() {
    try {
      finish();
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return List.copyOf(shards);
  }

  /// Closes the file of an unfinished shard.
  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }
}
