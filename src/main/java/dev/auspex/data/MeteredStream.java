package dev.auspex.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/// Tells a meter what is read of a file, so that one large file moves the progress bar.
final class MeteredStream extends FilterInputStream {
  private final LongConsumer meter;
  private long passed;

  MeteredStream(InputStream in, LongConsumer meter) {
    super(in);
    this.meter = meter;
  }

  /// Bytes read so far.
  long passed() {
    return passed;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    count(b < 0 ? 0 : 1);
    return b;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int n = in.read(target, offset, length);
    count(Math.max(n, 0));
    return n;
  }

  private void count(int bytes) {
    passed += bytes;
    meter.accept(bytes);
  }
}
