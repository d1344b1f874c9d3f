package dev.auspex.train;

import dev.auspex.model.Gpt;
import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// What a run learns from: sequences in an order that is a pure function of (seed, number), and a
/// part held out.
public interface TrainingData {
  /// Sequences for one pass, in the current scope.
  ///
  /// @param inputs ids `[batch, seq]`; `vocab + k` stands for image token `k`
  /// @param targets the ids that follow `[batch, seq]`; -1 is left out
  /// @param patches pixels of all images `[squares, patches, numbers]`; null where there are none
  record Sequences(Tensor inputs, Tensor targets, @Nullable Tensor patches) {
    /// Embeddings by id, those of the images included, as {@link Gpt#see} gives them; null where
    /// there are none.
    @Nullable Tensor seenBy(Gpt model) {
      return patches == null ? null : model.see(patches);
    }
  }

  /// The sequences from number `first` on.
  Sequences sequences(long first, int count);

  /// Where a sequence comes from, for messages.
  String where(long sequence);

  /// Loss on what is held out.
  ///
  /// @param most how many windows or documents at most, 0 for all
  HeldoutLoss.Measured heldout(Gpt model, int most);
}
