package dev.auspex.data;

/// Which documents are taken, and which are held out.
///
/// @param heldoutShare share of the text that training never sees, 0 to below 1
/// @param heldoutBy how it is chosen
/// @param maxBytes text to take at most, chosen by content hash whatever the order of reading
/// @param heldoutOverlap largest share of a held-out document that training may repeat word for
///     word; documents above it are left out, 1 keeps all
/// @param overlap largest share of any document that those before it may repeat word for word;
///     documents above it are left out, 1 keeps all
public record SplitOptions(
    double heldoutShare,
    HeldoutBy heldoutBy,
    long maxBytes,
    double heldoutOverlap,
    double overlap) {
  /// One document in a hundred held out, no limit.
  public static final SplitOptions STANDARD =
      new SplitOptions(0.01, HeldoutBy.HASH, Long.MAX_VALUE);

  /// Keeps what repeats training.
  public SplitOptions(double heldoutShare, HeldoutBy heldoutBy, long maxBytes) {
    this(heldoutShare, heldoutBy, maxBytes, 1, 1);
  }

  /// How held-out text is chosen.
  public enum HeldoutBy {
    /// A document is held out as its content hash says; where that selects none or all, as TAIL.
    HASH,
    /// The last share of every document is held out: for few long documents, such as one book.
    TAIL
  }

  /// Checks the ranges.
  public SplitOptions {
    if (!(heldoutShare >= 0 && heldoutShare < 1)) {
      throw new DataException(
          "heldout (%s) must be at least 0 and below 1; 0.01 is usual".formatted(heldoutShare));
    }
    if (maxBytes < 1) {
      throw new DataException("max-bytes (%d) must be at least 1".formatted(maxBytes));
    }
    checkShare("heldout-overlap", heldoutOverlap);
    checkShare("overlap", overlap);
  }

  private static void checkShare(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new DataException(
          "%s (%s) must lie in [0, 1]; 0.05 is strict, 1 keeps all".formatted(name, share));
    }
  }

  /// The same with another rule.
  public SplitOptions withHeldoutBy(HeldoutBy rule) {
    return new SplitOptions(heldoutShare, rule, maxBytes, heldoutOverlap, overlap);
  }

  /// The same with another limit.
  public SplitOptions withMaxBytes(long bytes) {
    return new SplitOptions(heldoutShare, heldoutBy, bytes, heldoutOverlap, overlap);
  }
}
