package dev.auspex.data;

import java.util.Locale;

/// What a text is for.
enum Split {
  /// Trained on, and seen by the tokenizer's training.
  TRAIN,
  /// Seen by neither.
  HELDOUT;

  /// The word in file names, such as `heldout`.
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
