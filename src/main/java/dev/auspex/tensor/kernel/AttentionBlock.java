package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import java.util.Arrays;

/// Keys and values of one head of a sequence, and a block of `WIDTH` queries that look at them.
///
/// All is padded to whole blocks with zeros, which change nothing: keys behind a query are hidden
/// from it, and the results of queries behind the last are not used. Belongs to one thread.
final class AttentionBlock {
  final Heads heads;
  final HeadRows rows;
  final int seqLen;

  /// Sequence and width of a head in whole blocks.
  final int length;

  final int stride;

  /// Keys and values `[length, stride]`.
  final FloatMatrix keys;

  final FloatMatrix values;

  /// A block of queries `[stride, WIDTH]`, and their scores `[length, WIDTH]`.
  final float[] queries;

  final float[] scores;

  /// Of one place and head.
  final float[] row;

  AttentionBlock(Heads heads, int seqLen, HeadRows rows) {
    this.heads = heads;
    this.rows = rows;
    this.seqLen = seqLen;
    this.length = length(seqLen);
    this.stride = length(heads.width());
    this.keys = new FloatMatrix(length, heads.width());
    this.values = new FloatMatrix(length, heads.width());
    this.queries = new float[stride * WIDTH];
    this.scores = new float[length * WIDTH];
    this.row = new float[stride];
  }

  static int blocks(int count) {
    return (count + WIDTH - 1) / WIDTH;
  }

  /// A sequence, or the width of a head, in whole blocks.
  static int length(int count) {
    return blocks(count) * WIDTH;
  }

  /// Where the columns of a block of queries start among all `[batch, queries, length]`.
  int column(long sequence, int head, int first) {
    return Math.toIntExact((sequence * heads.queries() + head) * length + first);
  }

  /// Powers that are kept of a head of a sequence for the gradient: those of each block one behind
  /// another, as many rows as it sees.
  static long powers(int seqLen) {
    long blocks = blocks(seqLen);
    return WIDTH * WIDTH * blocks * (blocks + 1) / 2;
  }

  /// Where those of a block start.
  long powers(long sequence, int head, int first) {
    return (sequence * heads.queries() + head) * powers(seqLen) + powers(first);
  }

  void readKeysAndValues(long sequence, int head) {
    rows.bringKeysAndValues(sequence, head);
    for (int place = 0; place < seqLen; place++) {
      rows.readKey(place, keys.floats(), place * stride);
      rows.readValue(place, values.floats(), place * stride);
    }
  }

  /// Reads a query of a block, or zeros behind the last.
  void readQuery(int first, int i) {
    if (i < count(first)) {
      rows.readQuery(first + i, row);
    } else {
      Arrays.fill(row, 0);
    }
  }

  /// How many queries a block has.
  int count(int first) {
    return Math.min(WIDTH, seqLen - first);
  }

  /// Scores of the block whose queries have been read, as {@link Softmax} takes them.
  void score(int first) {
    keys.multiply(queries, scores, first + WIDTH);
    Softmax.hideLater(scores, first);
  }

  /// Stands a row of floats upright as one of `WIDTH` columns.
  void putColumn(float[] from, float[] into, int column) {
    for (int e = 0; e < heads.width(); e++) {
      into[e * WIDTH + column] = from[e];
    }
  }

  /// Lays one of `WIDTH` columns down.
  void takeColumn(float[] from, int column, float factor) {
    for (int e = 0; e < heads.width(); e++) {
      row[e] = from[e * WIDTH + column] * factor;
    }
  }
}
