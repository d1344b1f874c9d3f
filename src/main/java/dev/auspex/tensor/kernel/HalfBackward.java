package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.HalfBlock.WIDTH;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.kernel.Microkernel.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// The gradient of {@link AttentionKernel} in BF16, one head of keys after another. Belongs to one
/// thread.
final class HalfBackward {
  private final HalfBlock block;
  private final HalfSoftmax softmax = new HalfSoftmax();
  private final HeadStrips mixedGradients;
  private final HeadColumns out;
  private final MemorySegment powers;
  private final MemorySegment inverses;
  private MemorySegment mixed = MemorySegment.NULL; // of one head [length, stride]
  private final MemorySegment right; // a right side made of it or of the queries [WIDTH, stride]
  private final Operand rows; // gradient of the scores [length, WIDTH]
  private final Operand pairs; // the same as a right side
  private final Operand upright; // gradient of the queries of a block [stride, WIDTH]
  private final MemorySegment queries; // gradient of the queries [length, stride]
  private final Operand keys; // gradient of the keys [length, stride]
  private final Operand values; // gradient of the values [length, stride]

  /// @param mixedGradients of what {@link HalfForward} mixed
  /// @param out where those of queries, keys and values go
  /// @param powers as {@link HalfForward} left them
  /// @param inverses of their sums
  HalfBackward(
      HalfBlock block,
      HeadColumns mixedGradients,
      HeadColumns out,
      MemorySegment powers,
      MemorySegment inverses) {
    this.block = block;
    this.mixedGradients =
        new HeadStrips(block.near.room, mixedGradients, block.length, block.stride, 1);
    this.out = out;
    this.powers = powers;
    this.inverses = inverses;
    this.right = block.halves(WIDTH, block.stride).memory();
    this.rows = block.halves(block.length, WIDTH);
    this.pairs = block.halves(block.length, WIDTH);
    this.upright = block.floats(block.stride, WIDTH);
    this.queries = block.floats(block.length, block.stride).memory();
    this.keys = block.floats(block.length, block.stride);
    this.values = block.floats(block.length, block.stride);
  }

  /// @param sequence of the batch
  /// @param keyHead whose gradients, and whose queries', are made
  /// @param gains takes up the gradients of the norms' gains
  void run(long sequence, int keyHead, float[] gains) {
    block.readKeysAndValues(sequence, keyHead);
    Operand turned = block.turned(block.keys);
    keys.memory().fill((byte) 0);
    values.memory().fill((byte) 0);
    int group = block.heads.group();
    for (int head = keyHead * group; head < (keyHead + 1) * group; head++) {
      block.readQueries(sequence, head);
      long strip = mixedGradients.bring(sequence, head, 0);
      mixed = mixedGradients.memory().segment().asSlice(2 * strip);
      long number = sequence * block.heads.queries() + head;
      for (int first = 0; first < block.seqLen; first += WIDTH) {
        addGradients(number, first, turned);
      }
      block.rows.writeQueries(queries, gains);
      block.near.scatterQueries(sequence, head, out);
    }
    block.rows.writeKeys(keys.memory(), gains);
    block.rows.writeValuesLoop(values.memory());
    block.near.scatterKeysAndValues(sequence, keyHead, out);
  }

  private void addGradients(long head, int first, Operand turned) {
    int seen = first + WIDTH;
    int stride = block.stride;
    MemorySegment kept = block.powers(powers, head, first);
    MemorySegment sums = block.inverses(inverses, head, first);
    Operand b = block.upright(mixed, first, right);
    Microkernel.multiply(seen, WIDTH, stride, block.values(), b, block.scores, false);
    softmax.backward(kept, sums, first, block.scores.memory(), rows.memory(), pairs.memory());
    Operand shares = sharesLoop(first, sums);
    Microkernel.multiply(seen, stride, WIDTH, new Operand(kept, WIDTH), shares, values, true);
    b = block.pairedLoop(block.queries.memory(), first, right);
    Microkernel.multiply(seen, stride, WIDTH, rows, b, keys, true);
    Microkernel.multiply(stride, WIDTH, seen, turned, pairs, upright, false);
    block.layDown(upright.memory(), stride, queries.asSlice(4L * first * stride));
  }

  /// The gradient of what was mixed, as a right side for powers, which are probabilities but for
  /// their sums.
  private Operand sharesLoop(int first, MemorySegment sums) {
    for (int row = 0; row < WIDTH; row += 2) {
      float a = sums.get(ValueLayout.JAVA_FLOAT, 4L * row);
      float b = sums.get(ValueLayout.JAVA_FLOAT, 4L * row + 4);
      for (int i = 0; i < block.stride; i += LANES) {
        long at = 2 * ((long) (first + row) * block.stride + i);
        FloatVector upper = Memory.widen(mixed, at).mul(a);
        FloatVector lower = Memory.widen(mixed, at + 2L * block.stride).mul(b);
        Memory.pair(upper, lower)
            .intoMemorySegment(right, 2 * ((long) row * block.stride + 2L * i), Memory.ORDER);
      }
    }
    return new Operand(right, block.stride);
  }
}
