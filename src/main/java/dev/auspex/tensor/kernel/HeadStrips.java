package dev.auspex.tensor.kernel;

/// Heads of a sequence brought near, each as a strip of rows `[length, stride]`. Belongs to one
/// thread.
///
/// All heads of a sequence at once if they are not too many for a cache: whole rows come faster
/// from the main memory than parts of them. A pass asks for a head once, and may then write to
/// it.
final class HeadStrips {
  /// Elements that a cache of one core should hold.
  private static final long LARGEST = 1 << 19;

  /// Of the rows.
  final int stride;

  private final HeadColumns columns;
  private final Memory memory;
  private final long size;
  private final boolean all;
  private long sequence = -1;

  /// @param length of a strip, at least that of a sequence
  /// @param stride of its rows, at least the width of a head
  /// @param slots heads that are needed together
  HeadStrips(Room room, HeadColumns columns, int length, int stride, int slots) {
    this.columns = columns;
    this.stride = stride;
    this.size = (long) length * stride;
    this.all = columns.columns() * size <= LARGEST;
    this.memory =
        Memory.in(room, columns.memory().dtype(), (all ? columns.columns() : slots) * size);
  }

  Memory memory() {
    return memory;
  }

  /// Brings a head near, unless it is already.
  ///
  /// @param slot where it goes if not all are brought near
  /// @return the first element of its strip
  long bring(long sequence, int column, int slot) {
    if (!all) {
      columns.gatherLoop(sequence, column, 1, memory, slot, size, stride);
      return slot * size;
    }
    if (sequence != this.sequence) {
      columns.gatherLoop(sequence, 0, columns.columns(), memory, 0, size, stride);
      this.sequence = sequence;
    }
    return column * size;
  }

  /// Copies a strip to a head elsewhere.
  ///
  /// @param at first element of the strip
  void scatter(long at, long sequence, int column, HeadColumns into) {
    into.scatterLoop(sequence, column, memory, at, stride);
  }
}
