package dev.auspex.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Watches how much one compressed file inflates to, over all its entries and nested archives.
///
/// Text shrinks five-fold or so and tables twenty-fold; what inflates two-hundred-fold and past 64
/// MiB was built to fill a disk.
final class Expansion {
  private static final long ALWAYS_ALLOWED = 64L << 20;
  private static final long RATIO = 200;

  private final long limit;
  private long inflated;

  /// @param compressedBytes size of the file on disk
  Expansion(long compressedBytes) {
    this.limit = Math.max(ALWAYS_ALLOWED, RATIO * compressedBytes);
  }

  /// The file inflates out of all proportion.
  static final class Exceeded extends IOException {
    private static final long serialVersionUID = 1L;

    Exceeded(long limit) {
      super("inflates to more than " + limit + " bytes, 200 times its size; reading stopped here");
    }
  }

  /// Whether an entry that says it has this size must not be opened.
  boolean wouldExceed(long declaredBytes) {
    return declaredBytes > 0 && inflated + declaredBytes > limit;
  }

  /// What to say about it.
  Exceeded exceeded() {
    return new Exceeded(limit);
  }

  /// Counts what is read of `in`, which gives inflated bytes.
  InputStream watch(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int b = super.read();
        count(b < 0 ? 0 : 1);
        return b;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int n = super.read(target, offset, length);
        count(Math.max(n, 0));
        return n;
      }
    };
  }

  private void count(int bytes) throws IOException {
    inflated += bytes;
    if (inflated > limit) {
      throw exceeded();
    }
  }
}
