package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;

/// The forward pass of {@link AttentionKernel}, one head of keys after another. Belongs to one
/// thread.
final class AttentionForward {
  private final Heads heads;
  private final AttentionBlock block;
  private final HeadColumns out;
  private final Memory powers;
  private final Memory inverses;
  private final float[] inverse = new float[WIDTH]; // of the block
  private final Memory results; // of one head
  private final float[] mixed; // [stride, WIDTH]

  AttentionForward(
      Heads heads, int seqLen, HeadRows rows, HeadColumns out, Memory powers, Memory inverses) {
    this.heads = heads;
    this.block = new AttentionBlock(heads, seqLen, rows);
    this.out = out;
    this.powers = powers;
    this.inverses = inverses;
    this.results = Memory.in(rows.room, out.memory().dtype(), (long) seqLen * heads.width());
    this.mixed = new float[block.stride * WIDTH];
  }

  /// @param sequence of the batch
  /// @param keyHead whose queries are done
  void run(long sequence, int keyHead) {
    block.readKeysAndValues(sequence, keyHead);
    for (int i = 0; i < heads.group(); i++) {
      int head = keyHead * heads.group() + i;
      block.rows.bringQueries(sequence, head);
      for (int first = 0; first < block.seqLen; first += WIDTH) {
        mix(sequence, head, first);
      }
      out.scatterLoop(sequence, head, results, 0, heads.width());
    }
  }

  private void mix(long sequence, int head, int first) {
    int count = block.count(first);
    for (int i = 0; i < WIDTH; i++) {
      block.readQuery(first, i);
      block.putColumn(block.row, block.queries, i);
    }
    block.score(first);
    int seen = first + WIDTH;
    int at = block.column(sequence, head, first);
    float[] scores = block.scores;
    Softmax.forward(scores, seen, inverse);
    inverses.write(inverse, at, WIDTH);
    powers.write(scores, block.powers(sequence, head, first), seen * WIDTH);
    block.values.multiplyTransposed(scores, mixed, seen);
    for (int i = 0; i < count; i++) {
      block.takeColumn(mixed, i, inverse[i]);
      results.write(block.row, (long) (first + i) * heads.width(), heads.width());
    }
  }
}
