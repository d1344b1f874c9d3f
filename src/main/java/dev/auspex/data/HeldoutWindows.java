package dev.auspex.data;

import java.util.Arrays;

/// The held-out text in fixed windows, each token predicted exactly once; or an evenly spaced part
/// of the windows, always the same one.
///
/// The first token is predicted from an end token, as documents are in training. Behind the last
/// token, targets are [#IGNORED]. Safe to use from several threads.
public final class HeldoutWindows {
  /// Target where nothing is to be predicted.
  public static final int IGNORED = -1;

  private final TokenStream tokens;
  private final int endId;
  private final int[] byteLengths;
  private final int seqLen;
  private final long total;
  private final int count;
  private final long predicted;
  private final long bytes;

  /// @param maxWindows how many to take at most, 0 for all
  HeldoutWindows(
      TokenStream tokens, DatasetManifest manifest, int[] byteLengths, int seqLen, int maxWindows) {
    if (tokens.length() == 0) {
      throw new DataException(
          "heldout (0 tokens) must have text to measure on; build the dataset with --heldout 0.01"
              + " or more");
    }
    if (seqLen < 1) {
      throw new DataException("context (%d) must be at least 1".formatted(seqLen));
    }
    this.tokens = tokens;
    this.endId = manifest.endId();
    this.byteLengths = byteLengths;
    this.seqLen = seqLen;
    this.total = (tokens.length() + seqLen - 1) / seqLen;
    long limit = maxWindows > 0 ? maxWindows : Integer.MAX_VALUE;
    this.count = (int) Math.min(total, limit);
    if (count == total) {
      this.predicted = tokens.length();
      this.bytes = manifest.heldout().bytes();
    } else {
      long[] sums = sums();
      this.predicted = sums[0];
      this.bytes = sums[1];
    }
  }

  private long[] sums() {
    long[] sums = new long[2];
    for (int window = 0; window < count; window++) {
      for (int target : targets(window, 1)) {
        if (target != IGNORED) {
          sums[0]++;
          sums[1] += byteLengths[target];
        }
      }
    }
    return sums;
  }

  /// How many windows.
  public int count() {
    return count;
  }

  /// Length of a window.
  public int seqLen() {
    return seqLen;
  }

  /// Tokens predicted over all windows, end tokens included.
  public long tokens() {
    return predicted;
  }

  /// Bytes of text these tokens stand for: bits per byte are nats / ln 2 / bytes.
  public long bytes() {
    return bytes;
  }

  /// Inputs of windows `first` to `first + n - 1`.
  ///
  /// @return `[n, seqLen]`, row by row
  public int[] inputs(int first, int n) {
    int[] result = new int[n * seqLen];
    Arrays.fill(result, endId);
    for (int row = 0; row < n; row++) {
      long start = start(first + row) - 1; // the token before the first target
      int at = row * seqLen + (start < 0 ? 1 : 0);
      long from = Math.max(start, 0);
      int length = (int) Math.min((row + 1) * seqLen - at, tokens.length() - from);
      tokens.copy(from, result, at, length);
    }
    return result;
  }

  /// Targets of windows `first` to `first + n - 1`.
  ///
  /// @return `[n, seqLen]`, row by row
  public int[] targets(int first, int n) {
    int[] result = new int[n * seqLen];
    Arrays.fill(result, IGNORED);
    for (int row = 0; row < n; row++) {
      long start = start(first + row);
      int length = (int) Math.min(seqLen, tokens.length() - start);
      tokens.copy(start, result, row * seqLen, length);
    }
    return result;
  }

  private long start(int window) {
    if (window < 0 || window >= count) {
      throw new IndexOutOfBoundsException(
          "window: expected below %d, got %d".formatted(count, window));
    }
    return window * total / count * seqLen;
  }
}
