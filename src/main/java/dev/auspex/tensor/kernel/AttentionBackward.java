package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import java.util.Arrays;

/// The gradient of {@link AttentionKernel}, one head of keys after another. Belongs to one thread.
final class AttentionBackward {
  private final Heads heads;
  private final AttentionBlock block;
  private final HeadStrips mixedGradients;
  private final HeadColumns out;
  private final Memory powers;
  private final Memory inverses;
  private long gathered; // strip of the gradient of what was mixed
  private final float[] inverse = new float[WIDTH]; // of the block

  private final float[] queryRows; // [stride / WIDTH, WIDTH, WIDTH]: panels of WIDTH columns
  private final float[] mixed; // gradient of what was mixed [stride, WIDTH]
  private final float[] mixedRows; // the same as panels
  private final float[] scores; // gradient of the scores [length, WIDTH]
  private final float[] queries; // gradient of the queries [stride, WIDTH]
  private final float[] keys; // gradient of the keys [length, stride]
  private final float[] values; // gradient of the values [length, stride]

  AttentionBackward(
      Heads heads,
      int seqLen,
      HeadRows rows,
      HeadColumns mixedGradients,
      HeadColumns out,
      Memory powers,
      Memory inverses) {
    this.heads = heads;
    this.block = new AttentionBlock(heads, seqLen, rows);
    this.mixedGradients = new HeadStrips(rows.room, mixedGradients, seqLen, heads.width(), 1);
    this.out = out;
    this.powers = powers;
    this.inverses = inverses;
    this.queryRows = new float[block.stride * WIDTH];
    this.mixed = new float[block.stride * WIDTH];
    this.mixedRows = new float[block.stride * WIDTH];
    this.scores = new float[block.length * WIDTH];
    this.queries = new float[block.stride * WIDTH];
    this.keys = new float[block.length * block.stride];
    this.values = new float[block.length * block.stride];
  }

  /// @param sequence of the batch
  /// @param keyHead whose gradients, and whose queries', are made
  /// @param gains takes up the gradients of the norms' gains
  void run(long sequence, int keyHead, float[] gains) {
    block.readKeysAndValues(sequence, keyHead);
    Arrays.fill(keys, 0);
    Arrays.fill(values, 0);
    for (int i = 0; i < heads.group(); i++) {
      int head = keyHead * heads.group() + i;
      block.rows.bringQueries(sequence, head);
      gathered = mixedGradients.bring(sequence, head, 0);
      for (int first = 0; first < block.seqLen; first += WIDTH) {
        read(first);
        addGradients(sequence, head, first);
        writeQueries(first, gains);
      }
      block.rows.scatterQueries(sequence, head, out);
    }
    writeKeysAndValues(sequence, keyHead, gains);
  }

  private void read(int first) {
    int count = block.count(first);
    for (int i = 0; i < WIDTH; i++) {
      block.readQuery(first, i);
      placeInPanels(i, queryRows);
      if (i < count) {
        long at = gathered + (long) (first + i) * heads.width();
        mixedGradients.memory().read(at, block.row, heads.width());
      }
      block.putColumn(block.row, mixed, i);
      placeInPanels(i, mixedRows);
    }
  }

  private void placeInPanels(int i, float[] panels) {
    for (int panel = 0; panel < block.stride; panel += WIDTH) {
      System.arraycopy(block.row, panel, panels, (panel + i) * WIDTH, WIDTH);
    }
  }

  private void addGradients(long sequence, int head, int first) {
    int seen = first + WIDTH;
    float[] probabilities = block.scores;
    powers.read(block.powers(sequence, head, first), probabilities, seen * WIDTH);
    block.values.multiply(mixed, scores, seen);
    inverses.read(block.column(sequence, head, first), inverse, WIDTH);
    Softmax.backward(probabilities, scores, seen, inverse);
    block.values.addProduct(probabilities, mixedRows, values, seen);
    block.keys.addProduct(scores, queryRows, keys, seen);
    block.keys.multiplyTransposed(scores, queries, seen);
  }

  private void writeQueries(int first, float[] gains) {
    for (int i = 0; i < block.count(first); i++) {
      block.takeColumn(queries, i, 1);
      block.rows.writeQuery(first + i, block.row, gains);
    }
  }

  private void writeKeysAndValues(long sequence, int head, float[] gains) {
    for (int place = 0; place < block.seqLen; place++) {
      System.arraycopy(keys, place * block.stride, block.row, 0, heads.width());
      block.rows.writeKey(place, block.row, gains);
      System.arraycopy(values, place * block.stride, block.row, 0, heads.width());
      block.rows.writeValue(place, block.row);
    }
    block.rows.scatterKeysAndValues(sequence, head, out);
  }
}
