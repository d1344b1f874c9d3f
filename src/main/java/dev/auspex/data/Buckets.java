package dev.auspex.data;

/// How much text falls into each bucket of the content hash, so that a limit in bytes becomes a
/// sample that does not depend on the order of reading.
final class Buckets {
  private final long[] bytes = new long[ContentHash.BUCKETS];
  private final long[] documents = new long[ContentHash.BUCKETS];

  void add(Piece piece) {
    bytes[piece.hash().bucket()] += piece.bytes();
    documents[piece.hash().bucket()]++;
  }

  /// How many buckets, from the first, hold at most `limit` bytes in all.
  static int cutoff(long limit, Buckets... parts) {
    long total = 0;
    for (int bucket = 0; bucket < ContentHash.BUCKETS; bucket++) {
      for (Buckets part : parts) {
        total += part.bytes[bucket];
      }
      if (total > limit) {
        return bucket;
      }
    }
    return ContentHash.BUCKETS;
  }

  /// Bytes before bucket `cutoff`.
  long bytes(int cutoff) {
    return sum(bytes, cutoff);
  }

  /// Documents before bucket `cutoff`.
  long documents(int cutoff) {
    return sum(documents, cutoff);
  }

  private static long sum(long[] values, int end) {
    long total = 0;
    for (int i = 0; i < end; i++) {
      total += values[i];
    }
    return total;
  }
}
