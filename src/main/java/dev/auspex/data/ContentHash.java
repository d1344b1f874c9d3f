package dev.auspex.data;

import dev.auspex.io.Hashes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/// The SHA-256 of a document and what its bytes decide; see the package comment.
///
/// @param bytes the 32 bytes
record ContentHash(byte[] bytes) {
  /// Buckets a sample is cut by.
  static final int BUCKETS = 1 << 16;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final double UNIT = 0x1p-53;

  static ContentHash of(MessageDigest digest, byte[] text) {
    return new ContentHash(digest.digest(text));
  }

  static ContentHash of(byte[] text) {
    return of(Hashes.sha256(), text);
  }

  /// Uniform in [0, 1): below the held-out share, the document is held out.
  double fraction() {
    return (part(0) >>> 11) * UNIT;
  }

  /// Uniform in [0, BUCKETS), independent of the fraction.
  int bucket() {
    return (int) (part(1) >>> 48);
  }

  long identityHigh() {
    return part(2);
  }

  long identityLow() {
    return part(3);
  }

  private long part(int index) {
    return (long) LONGS.get(bytes, 8 * index);
  }
}
