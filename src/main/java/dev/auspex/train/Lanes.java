package dev.auspex.train;

import dev.auspex.train.TreeSum.Piece;
import java.util.List;

/// The division of a step's lanes (micro-batches) among workers: each has a stretch of them.
///
/// @param count lanes of a step
/// @param workers who share them
record Lanes(int count, int workers) {
  /// The first lane of `worker`.
  int first(int worker) {
    return (int) ((long) count * worker / workers);
  }

  /// The lane after the last of `worker`.
  int end(int worker) {
    return first(worker + 1);
  }

  /// What the lanes of `worker` come to in a {@link TreeSum}, without tensors.
  List<Piece> pieces(int worker) {
    return TreeSum.shape(first(worker), end(worker));
  }
}
