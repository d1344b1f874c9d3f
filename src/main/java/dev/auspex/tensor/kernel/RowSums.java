package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;

/// The gradient of a table of which rows were picked.
public final class RowSums {
  private RowSums() {}

  /// Adds rows to those of a table, one after another; each row of the table is rounded once.
  ///
  /// @param table `[vocab, dim]`, changed in its own memory
  /// @param ids which rows `[rows]`
  /// @param added `[rows, dim]`
  public static void add(Tensor table, Tensor ids, Tensor added) {
    int width = (int) table.size(1);
    long[] id = ids.memory().toArray(ValueLayout.JAVA_LONG);
    int[] order =
        IntStream.range(0, id.length)
            .boxed()
            .sorted(Comparator.comparingLong(place -> id[place]))
            .mapToInt(Integer::intValue)
            .toArray(); // a stable sort: rows of one id stay in their order
    Memory sums = Memory.of(table);
    Memory rows = Memory.of(added);
    Spans.each(
        order.length,
        width,
        (from, to) -> {
          float[] sum = Memory.room(width);
          float[] row = Memory.room(width);
          for (int i = (int) from; i < to; i++) {
            long own = id[order[i]];
            if (i > 0 && id[order[i - 1]] == own) {
              continue; // belongs to whoever has its first
            }
            sums.read(own * width, sum, width);
            for (int j = i; j < order.length && id[order[j]] == own; j++) {
              rows.read((long) order[j] * width, row, width);
              add(sum, row);
            }
            sums.write(sum, own * width, width);
          }
        });
  }

  private static void add(float[] sum, float[] row) {
    for (int i = 0; i < sum.length; i += LANES) {
      FloatVector.fromArray(FLOATS, sum, i)
          .add(FloatVector.fromArray(FLOATS, row, i))
          .intoArray(sum, i);
    }
  }
}
