package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file that does not fit is never held: only its parts are.
class GiantLineTest {
  private static final int LIMIT = 1 << 20;
  private static final int MEGABYTES = 300;

  @TempDir Path dir;

  private Path oneLine(String name, byte[] start, byte fill) throws IOException {
    Path file = dir.resolve(name);
    byte[] block = new byte[1 << 20];
    Arrays.fill(block, fill);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(start);
      for (int i = 0; i < MEGABYTES; i++) {
        out.write(block);
      }
    }
    return file;
  }

  /// Reads a file, holding on to nothing; answers the largest and the sum of the documents.
  private static long[] read(Path file, ReadOptions options, Drops drops) {
    long[] sizes = {0, 0};
    DocumentReader.read(
        Source.of(List.of(file), List.of()).getFirst(),
        options,
        drops,
        document -> {
          sizes[0] = Math.max(sizes[0], document.text().length);
          sizes[1] += document.text().length;
        },
        _ -> {});
    return sizes;
  }

  private static Drops drops() {
    return new Drops("s", new Samples.Warnings());
  }

  @Test
  void aGiantLineOfTextComesInParts() throws IOException {
    Path file = oneLine("a.txt", new byte[0], (byte) 'x');
    long[] sizes = read(file, ReadOptions.STANDARD.withMaxDocumentBytes(LIMIT), drops());
    assertEquals(LIMIT, sizes[0]);
    assertEquals((long) MEGABYTES << 20, sizes[1]);
  }

  @Test
  void aGiantJsonLineIsPassedOver() throws IOException {
    Path file = oneLine("a.jsonl", Samples.utf8("{\"text\":\"ok\"}\n{\"text\":\""), (byte) 'x');
    Drops drops = drops();
    long[] sizes = read(file, ReadOptions.STANDARD.withMaxDocumentBytes(LIMIT), drops);
    assertEquals(2, sizes[1]);
    Ledger.Dropped dropped = drops.dropped().get("line_too_long");
    assertEquals(((long) MEGABYTES << 20) + 9, dropped.bytes());
    assertTrue(dropped.examples().getFirst().startsWith("a.jsonl:2"));
  }

  @Test
  void aGiantFileOfZerosIsNotReadThrough() throws IOException {
    Path file = dir.resolve("a.txt");
    try (java.io.RandomAccessFile sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(2L << 30);
    }
    Drops drops = drops();
    assertEquals(0, read(file, ReadOptions.STANDARD, drops)[1]);
    assertEquals(2L << 30, drops.dropped().get("binary").bytes());
  }
}
