package dev.auspex.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/// The content of a zip entry; fails at its end when length or checksum are not those announced.
/// The JDK's `ZipFile` checks neither.
final class EntryStream extends FilterInputStream {
  private final long expectedSize;
  private final long expectedCrc;
  private final CRC32 crc = new CRC32();
  private long size;

  EntryStream(InputStream in, long expectedSize, long expectedCrc) {
    super(in);
    this.expectedSize = expectedSize;
    this.expectedCrc = expectedCrc;
  }

  /// Content differs from what was stored.
  static final class Mismatch extends IOException {
    private static final long serialVersionUID = 1L;

    Mismatch(String message) {
      super(message);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int n = in.read(target, offset, length);
    if (n >= 0) {
      crc.update(target, offset, n);
      size += n;
    } else {
      check();
    }
    return n;
  }

  private void check() throws Mismatch {
    if (expectedSize >= 0 && size != expectedSize) {
      throw new Mismatch("has %d bytes, %d expected".formatted(size, expectedSize));
    }
    if (expectedCrc >= 0 && crc.getValue() != expectedCrc) {
      throw new Mismatch("has checksum %08x, %08x expected".formatted(crc.getValue(), expectedCrc));
    }
  }
}
