package dev.auspex.data;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes one shard of token ids.
final class ShardWriter implements AutoCloseable {
  static final byte[] MAGIC = "AUSPXTOK".getBytes(StandardCharsets.US_ASCII);
  static final int HEADER = 16;

  private final Path file;
  private final FileChannel channel;
  private final OutputStream out;
  private final int width;
  private long tokens;
  private long documents;
  private long bytes;

  ShardWriter(Path file, int vocabSize) {
    this.file = file;
    this.width = widthFor(vocabSize);
    try {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING);
      out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
      out.write(MAGIC);
      out.write(width);
      out.write(new byte[HEADER - MAGIC.length - 1]);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  static int widthFor(int vocabSize) {
    return vocabSize <= 1 << 16 ? 2 : 4;
  }

  /// Adds a document and its end token.
  void write(int[] ids, int endId, long textBytes) {
    try {
      for (int id : ids) {
        writeId(id);
      }
      writeId(endId);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    tokens += ids.length + 1L;
    documents++;
    bytes += textBytes;
  }

  private void writeId(int id) throws IOException {
    for (int i = 0; i < width; i++) {
      out.write(id >>> 8 * i);
    }
  }

  /// Flushes to disk and tells what is in the file.
  DatasetInfo.ShardInfo finish() {
    try {
      out.flush();
      channel.force(true);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return new DatasetInfo.ShardInfo(tokens, documents, bytes, Hashes.sha256(file));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }
}
