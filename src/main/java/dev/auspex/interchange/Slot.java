package dev.auspex.interchange;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/// Where a file keeps one or several parameters, and in which order of rows; reads and writes it.
///
/// Works on the bytes of whole rows, so that a type without blocks comes out bit by bit as it was.
///
/// @param name tensor name in the file
/// @param shape shape in the file
/// @param parts the model's parameters, joined along the first dimension
/// @param order how the rows or numbers are arranged
/// @param heads attention heads of a {@link Order#ROPE_PAIRS} matrix, else 1
record Slot(String name, long[] shape, List<String> parts, Order order, int heads) {
  /// Arrangements of a matrix.
  enum Order {
    /// As the model has it.
    AS_IS,
    /// Inputs first (GPT-2's `Conv1D`).
    TRANSPOSED,
    /// Within each head, the two numbers that rotate together are neighbours (llama.cpp, llama2.c)
    /// instead of half a head apart (Hugging Face).
    ROPE_PAIRS
  }

  static Slot plain(String name, Map<String, long[]> shapes, String parameter) {
    return new Slot(name, shapes.get(parameter), List.of(parameter), Order.AS_IS, 1);
  }

  static Slot paired(String name, Map<String, long[]> shapes, String parameter, int heads) {
    return new Slot(name, shapes.get(parameter), List.of(parameter), Order.ROPE_PAIRS, heads);
  }

  static Slot joined(String name, Map<String, long[]> shapes, List<String> parts) {
    long[] shape = shapes.get(parts.getFirst()).clone();
    shape[0] = parts.stream().mapToLong(part -> shapes.get(part)[0]).sum();
    return new Slot(name, shape, parts, Order.AS_IS, 1);
  }

  /// The same with inputs first where it is a matrix.
  Slot transposed() {
    return shape.length < 2
        ? this
        : new Slot(name, new long[] {shape[1], shape[0]}, parts, Order.TRANSPOSED, heads);
  }

  /// Rows in the model's order, all parts below one another.
  private long rows() {
    return order == Order.TRANSPOSED ? shape[1] : shape[0];
  }

  /// Length of a row in the model's order; 1 for a vector.
  long columns() {
    return shape.length < 2 ? 1 : order == Order.TRANSPOSED ? shape[0] : shape[1];
  }

  /// The bytes of all parts in the model's order: the file's own where they lie so, else a copy.
  MemorySegment inModelOrder(StoredTensor stored, Arena arena) {
    return rearranged(stored.data(), stored.type(), arena, true);
  }

  /// The bytes in the file's order from those in the model's.
  MemorySegment inFileOrder(MemorySegment data, NumberType type, Arena arena) {
    return rearranged(data, type, arena, false);
  }

  private MemorySegment rearranged(
      MemorySegment data, NumberType type, Arena arena, boolean toModel) {
    if (order == Order.AS_IS) {
      return data;
    }
    MemorySegment out = arena.allocate(data.byteSize(), 64);
    if (order == Order.ROPE_PAIRS) {
      long half = rows() / heads / 2;
      long bytes = type.bytes(columns());
      for (long row = 0; row < rows(); row++) {
        long head = row / (2 * half);
        long within = row % (2 * half);
        long paired = head * 2 * half + within % half * 2 + within / half;
        long from = toModel ? paired : row;
        long to = toModel ? row : paired;
        MemorySegment.copy(data, from * bytes, out, to * bytes, bytes);
      }
    } else {
      long width = type.bytes(1);
      long rows = rows();
      long columns = columns();
      for (long row = 0; row < rows; row++) {
        for (long column = 0; column < columns; column++) {
          long inModel = (row * columns + column) * width;
          long inFile = (column * rows + row) * width;
          long from = toModel ? inFile : inModel;
          MemorySegment.copy(data, from, out, toModel ? inModel : inFile, width);
        }
      }
    }
    return out;
  }
}
