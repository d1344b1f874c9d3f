package dev.auspex.model;

import dev.auspex.model.Linear.Affine;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// What {@link Lora} adds to one {@link Linear}, whose outputs may be those of several modules.
///
/// As there, the norm's gain is folded into the first matrix: `(x * g + s) A^T = x (A * g)^T + A
// s`.
final class LowRank {
  private final List<Part> parts;
  private final long outputs;
  private final double scale;
  private final Affine norm;
  private final DType compute;

  /// One module.
  ///
  /// @param down `[rank, in]`
  /// @param up `[out, rank]`
  /// @param row the first of the product's outputs it adds to
  record Part(Tensor down, Tensor up, long row) {}

  /// @param outputs of the product
  LowRank(List<Part> parts, long outputs, double scale, Affine norm, DType compute) {
    this.parts = List.copyOf(parts);
    this.outputs = outputs;
    this.scale = scale;
    this.norm = norm;
    this.compute = compute;
  }

  /// @param x `[..., in]`, normalised
  /// @return `[..., outputs]`, in the compute type
  Tensor forward(Tensor x) {
    Tensor down = joined(parts.stream().map(Part::down).toList()); // [R, in], R of all parts
    Tensor folded = norm.gain() == null ? down : down.multiply(norm.gain());
    Tensor inner = x.matmul(folded.to(compute).transpose(0, 1)); // [..., R]
    if (norm.shift() != null) {
      inner = inner.add(down.matmul(norm.shift()).to(compute));
    }
    return inner.matmul(up().multiply(scale).to(compute).transpose(0, 1));
  }

  /// All second matrices in their rows and columns, zero elsewhere `[outputs, R]`.
  private Tensor up() {
    long ranks = parts.stream().mapToLong(part -> part.up().size(1)).sum();
    List<Tensor> rows = new ArrayList<>();
    long row = 0;
    long column = 0;
    for (Part part : parts) {
      addZeros(rows, part.row() - row, ranks);
      long height = part.up().size(0);
      long width = part.up().size(1);
      List<Tensor> columns = new ArrayList<>();
      addZeros(columns, height, column);
      columns.add(part.up());
      addZeros(columns, height, ranks - column - width);
      rows.add(columns.size() == 1 ? part.up() : Tensor.concat(1, columns.toArray(Tensor[]::new)));
      row = part.row() + height;
      column += width;
    }
    addZeros(rows, outputs - row, ranks);
    return joined(rows);
  }

  private static void addZeros(List<Tensor> to, long height, long width) {
    if (height > 0 && width > 0) {
      to.add(Tensor.zeros(DType.FP32, height, width));
    }
  }

  private static Tensor joined(List<Tensor> rows) {
    return rows.size() == 1 ? rows.getFirst() : Tensor.concat(0, rows.toArray(Tensor[]::new));
  }
}
