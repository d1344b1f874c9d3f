package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Heads side by side, as projections take and give them.
///
/// @param memory `[batch, seqLen, columns, width]`
/// @param columns heads of a token
record HeadColumns(Memory memory, int seqLen, int columns, int width) {
  /// Copies the rows of heads of a sequence, which become strips of rows.
  ///
  /// Nothing but copies, so that many rows are on their way from the main memory at once: whoever
  /// works on each as it comes waits for each.
  ///
  /// @param column of the first head
  /// @param count of heads
  /// @param to `[strips, length, stride]`
  /// @param strip where the first goes
  /// @param size elements of a strip
  void gatherLoop(
      long sequence, int column, int count, Memory to, long strip, long size, int stride) {
    for (int row = 0; row < seqLen; row++) {
      long from = at(sequence, row, column);
      for (int head = 0; head < count; head++) {
        copy(memory, from + head * width, to, (strip + head) * size + (long) row * stride);
      }
    }
  }

  /// The way back for one head.
  ///
  /// @param at first element of its strip
  void scatterLoop(long sequence, int column, Memory from, long at, int stride) {
    for (int row = 0; row < seqLen; row++) {
      copy(from, at + (long) row * stride, memory, at(sequence, row, column));
    }
  }

  private long at(long sequence, int row, int column) {
    return ((sequence * seqLen + row) * columns + column) * width;
  }

  private void copy(Memory from, long at, Memory to, long start) {
    int size = memory.dtype() == DType.BF16 ? 2 : 4;
    MemorySegment.copy(from.segment(), size * at, to.segment(), size * start, (long) size * width);
  }
}
