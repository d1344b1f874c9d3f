package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.HalfBlock.WIDTH;
import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.kernel.Microkernel.Operand;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The forward pass of {@link AttentionKernel} in BF16, one head of keys after another. Belongs to
/// one thread.
final class HalfForward {
  private final HalfBlock block;
  private final HalfSoftmax softmax = new HalfSoftmax();
  private final HeadColumns out;
  private final MemorySegment powers;
  private final MemorySegment inverses;
  private final MemorySegment columns; // queries upright [stride, WIDTH]
  private final MemorySegment right; // powers as pairs of rows [length, WIDTH]
  private final Operand mixed; // [stride, WIDTH]
  private final MemorySegment pairs; // of it in BF16 [stride / 2, WIDTH]

  /// @param out values mixed by heads
  /// @param powers of the softmax
  /// @param inverses of their sums
  HalfForward(HalfBlock block, HeadColumns out, MemorySegment powers, MemorySegment inverses) {
    this.block = block;
    this.out = out;
    this.powers = powers;
    this.inverses = inverses;
    this.columns = block.halves(block.stride, WIDTH).memory();
    this.right = block.halves(block.length, WIDTH).memory();
    this.mixed = block.floats(block.stride, WIDTH);
    this.pairs = block.halves(block.stride, WIDTH).memory();
  }

  /// @param sequence of the batch
  /// @param keyHead whose queries are done
  void run(long sequence, int keyHead) {
    block.readKeysAndValues(sequence, keyHead);
    Operand values = block.turned(block.values());
    int group = block.heads.group();
    for (int head = keyHead * group; head < (keyHead + 1) * group; head++) {
      block.readQueries(sequence, head);
      long number = sequence * block.heads.queries() + head;
      for (int first = 0; first < block.seqLen; first += WIDTH) {
        mix(number, first, values);
      }
      block.near.scatterQueries(sequence, head, out);
    }
  }

  private void mix(long head, int first, Operand values) {
    int seen = first + WIDTH;
    Operand upright = block.upright(block.queries.memory(), first, columns);
    Microkernel.multiply(seen, WIDTH, block.stride, block.keys, upright, block.scores, false);
    MemorySegment sums = block.inverses(inverses, head, first);
    MemorySegment kept = block.powers(powers, head, first);
    softmax.forward(block.scores.memory(), first, kept, right, sums);
    Operand b = new Operand(right, WIDTH);
    Microkernel.multiply(block.stride, WIDTH, seen, values, b, mixed, false);
    scaleLoop(sums);
    // where the queries were read, which are no longer needed
    long to = 2 * (block.near.queries + (long) first * block.stride);
    block.layDown(pairs, block.stride / 2, block.near.strips.memory().segment().asSlice(to));
  }

  private void scaleLoop(MemorySegment sums) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      FloatVector inverse = vector(sums, 4L * lane);
      for (int e = 0; e < block.stride; e += 2) {
        long at = 4L * (e * WIDTH + lane);
        Memory.pair(
                vector(mixed.memory(), at).mul(inverse),
                vector(mixed.memory(), at + 4L * WIDTH).mul(inverse))
            .intoMemorySegment(pairs, 2L * e * WIDTH + 4L * lane, Memory.ORDER);
      }
    }
  }

  private static FloatVector vector(MemorySegment memory, long at) {
    return FloatVector.fromMemorySegment(FLOATS, memory, at, Memory.ORDER);
  }
}
