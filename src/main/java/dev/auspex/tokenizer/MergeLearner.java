package dev.auspex.tokenizer;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// Learns merges from counted pieces: time and again the most frequent pair becomes a token.
///
/// Of equally frequent pairs the one with the lexicographically greater bytes goes first (left
/// token, then right), so the outcome does not depend on any order of the input. An index from
/// pairs to words makes a merge cost only the words it occurs in.
final class MergeLearner {
  private final List<byte[]> tokens;
  private final Map<Piece, Integer> ids = new HashMap<>();
  private final Set<Piece> forbidden = new HashSet<>();
  private final Merges merges = Merges.byPlace();

  /// All words' tokens one after the other; a word shrinks in place.
  private final int[] symbols;

  private final int[] starts;
  private final int[] lengths;
  private final long[] counts;

  private final PairIndex pairs = new PairIndex();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(this::compare);

  /// Slots of the pairs that are merges.
  private final BitSet merged = new BitSet();

  /// A pair as it was counted when it was queued; it may have become rarer since.
  private record Candidate(int slot, long count) {}

  /// @param specials names that take the first ids
  /// @param pieces what to learn from
  MergeLearner(List<String> specials, PieceCounts pieces) {
    tokens = new ArrayList<>();
    for (String special : specials) {
      byte[] name = Utf8.bytes(special);
      tokens.add(name);
      forbidden.add(new Piece(name));
    }
    for (int b = 0; b < 256; b++) {
      byte[] token = {(byte) b};
      ids.put(new Piece(token), tokens.size());
      tokens.add(token);
    }
    int n = pieces.size();
    starts = new int[n];
    lengths = new int[n];
    counts = new long[n];
    int total = 0;
    for (int w = 0; w < n; w++) {
      starts[w] = total;
      lengths[w] = pieces.length(w);
      counts[w] = pieces.count(w);
      total = Math.addExact(total, lengths[w]);
    }
    symbols = new int[total];
    for (int w = 0; w < n; w++) {
      for (int i = 0; i < lengths[w]; i++) {
        symbols[starts[w] + i] = specials.size() + (pieces.at(w, i) & 0xFF);
      }
    }
  }

  /// Learns until there are `vocabSize` tokens or no pair is left.
  void learn(int vocabSize, Progress progress) {
    progress.start("merge", vocabSize, "tokens");
    countPairs();
    while (tokens.size() < vocabSize) {
      Candidate best = queue.poll();
      if (best == null) {
        break;
      }
      long now = pairs.count(best.slot);
      if (now == best.count) {
        merge(best.slot);
        progress.update(tokens.size(), "");
      } else if (now > 0 && now < best.count) {
        queue.add(new Candidate(best.slot, now));
      }
    }
    progress.finish();
  }

  /// Bytes by id.
  byte[][] tokens() {
    return tokens.toArray(byte[][]::new);
  }

  Merges merges() {
    return merges;
  }

  /// Tokens of the text learnt from.
  long textTokens() {
    long sum = 0;
    for (int w = 0; w < lengths.length; w++) {
      sum += counts[w] * lengths[w];
    }
    return sum;
  }

  private void countPairs() {
    for (int w = 0; w < starts.length; w++) {
      int end = starts[w] + lengths[w];
      for (int i = starts[w]; i + 1 < end; i++) {
        pairs.increase(symbols[i], symbols[i + 1], w, counts[w]);
      }
    }
    queueGrown();
  }

  private void queueGrown() {
    for (int slot : pairs.takeGrown()) {
      if (pairs.count(slot) > 0) {
        queue.add(new Candidate(slot, pairs.count(slot)));
      }
    }
  }

  private int compare(Candidate a, Candidate b) {
    if (a.count != b.count) {
      return Long.compare(b.count, a.count);
    }
    int byLeft = compareTokens(pairs.left(b.slot), pairs.left(a.slot));
    return byLeft != 0 ? byLeft : compareTokens(pairs.right(b.slot), pairs.right(a.slot));
  }

  private int compareTokens(int a, int b) {
    return a == b ? 0 : Arrays.compareUnsigned(tokens.get(a), tokens.get(b));
  }

  private void merge(int slot) {
    int left = pairs.left(slot);
    int right = pairs.right(slot);
    byte[] joined = joined(left, right);
    Piece piece = new Piece(joined);
    if (forbidden.contains(piece)) {
      return; // would be a special token's name
    }
    Integer known = ids.get(piece);
    int result = known == null ? tokens.size() : known;
    if (known == null) {
      tokens.add(joined);
      ids.put(piece, result);
    }
    if (!merged.get(slot)) {
      merged.set(slot);
      merges.add(left, right, result);
    }
    for (int word : pairs.takeWords(slot)) {
      apply(word, left, right, result);
    }
    pairs.gone(slot);
    queueGrown();
  }

  private byte[] joined(int left, int right) {
    byte[] a = tokens.get(left);
    byte[] b = tokens.get(right);
    byte[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  /// Replaces the pair in one word from the left and counts the pairs that come and go.
  private void apply(int word, int left, int right, int result) {
    int start = starts[word];
    int end = start + lengths[word];
    long count = counts[word];
    int out = start;
    for (int in = start; in < end; in++) {
      if (in + 1 < end && symbols[in] == left && symbols[in + 1] == right) {
        if (out > start) {
          pairs.decrease(symbols[out - 1], left, count);
          pairs.increase(symbols[out - 1], result, word, count);
        }
        if (in + 2 < end) {
          pairs.decrease(right, symbols[in + 2], count);
          pairs.increase(result, symbols[in + 2], word, count);
        }
        symbols[out++] = result;
        in++;
      } else {
        symbols[out++] = symbols[in];
      }
    }
    lengths[word] = out - start;
  }
}
