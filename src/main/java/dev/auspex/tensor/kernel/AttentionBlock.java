package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.ROWS;
import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.Products.Matrix;
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
  final Matrix keys;

  final Matrix values;

  /// A block of queries `[E, WIDTH]`, and their scores `[length, WIDTH]`.
  final float[] queries;

  final Matrix scores;

  /// Of one place and head.
  final float[] row;

  AttentionBlock(Heads heads, int seqLen, HeadRows rows) {
    this.heads = heads;
    this.rows = rows;
    this.seqLen = seqLen;
    this.length = blocks(seqLen) * WIDTH;
    this.stride = blocks(heads.width()) * WIDTH;
    this.keys = matrix(length, stride);
    this.values = matrix(length, stride);
    this.queries = new float[stride * WIDTH];
    this.scores = matrix(length, WIDTH);
    this.row = new float[stride];
  }

  static Matrix matrix(int rows, int columns) {
    return new Matrix(new float[rows * columns], 0, columns);
  }

  static int blocks(int count) {
    return (count + WIDTH - 1) / WIDTH;
  }

  /// The width of a head as products take it.
  int products() {
    return (heads.width() + ROWS - 1) / ROWS * ROWS;
  }

  /// Floats that are kept of each head of a sequence for the gradient.
  static long keptPerHead(int seqLen) {
    return (long) Softmax.KEPT * WIDTH * blocks(seqLen);
  }

  /// Where they start for a block.
  int kept(long sequence, int head, int first) {
    long at = (sequence * heads.queries() + head) * keptPerHead(seqLen);
    return Math.toIntExact(at + (long) first * Softmax.KEPT);
  }

  void readKeysAndValues(long sequence, int head) {
    for (int place = 0; place < seqLen; place++) {
      long token = sequence * seqLen + place;
      rows.readKey(token, place, head, keys.array(), place * stride);
      rows.readValue(token, head, values.array(), place * stride);
    }
  }

  /// Reads a query of a block, or zeros behind the last.
  void readQuery(long sequence, int head, int first, int i) {
    if (i < count(first)) {
      rows.readQuery(sequence * seqLen + first + i, first + i, head, row);
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
    Products.multiply(keys, queries, scores, first + WIDTH, heads.width());
    Softmax.hideLater(scores.array(), first);
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
