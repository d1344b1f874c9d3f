package dev.auspex.train;

import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/// Sums the gradients of numbered lanes in one fixed order: a binary tree over aligned ranges of
/// lanes, `((0+1)+(2+3))+((4+5)+(6+7))`.
///
/// Whoever holds a stretch of lanes can sum what lies whole within it; adding such pieces in the
/// order of lanes gives the same bits as adding all lanes in one place. Holds at most one piece for
/// each power of two.
final class TreeSum {
  /// The sum of lanes `first` to `first + 2^level - 1`.
  ///
  /// @param tensors one for each parameter; empty where only the order is asked
  record Piece(int first, int level, List<Tensor> tensors) {
    private boolean isLeftSiblingOf(Piece other) {
      return level == other.level
          && first + (1 << level) == other.first
          && first % (2 << level) == 0;
    }

    private Piece plus(Piece other) {
      if (!tensors.isEmpty()) {
        Fused.addInPlace(tensors, other.tensors);
        other.tensors.forEach(Tensor::free);
      }
      return new Piece(first, level + 1, tensors);
    }
  }

  private final Deque<Piece> pieces = new ArrayDeque<>();

  /// The pieces that lanes `from` to `to - 1` come to, without tensors.
  static List<Piece> shape(int from, int to) {
    TreeSum sum = new TreeSum();
    for (int lane = from; lane < to; lane++) {
      sum.add(new Piece(lane, 0, List.of()));
    }
    return sum.pieces();
  }

  /// Adds the next lanes; the tensors are changed, or freed once they are part of another sum.
  void add(Piece piece) {
    Piece merged = piece;
    while (!pieces.isEmpty() && pieces.getLast().isLeftSiblingOf(merged)) {
      merged = pieces.removeLast().plus(merged);
    }
    pieces.addLast(merged);
  }

  /// What has been summed, in the order of lanes.
  List<Piece> pieces() {
    return new ArrayList<>(pieces);
  }

  /// The sum of all lanes, once; where their number is no power of two, small pieces come first.
  List<Tensor> total() {
    Iterator<Piece> backwards = pieces.descendingIterator();
    Piece sum = backwards.next();
    while (backwards.hasNext()) {
      sum = backwards.next().plus(sum);
    }
    return sum.tensors();
  }
}
