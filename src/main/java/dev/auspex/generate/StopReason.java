package dev.auspex.generate;

/// Why a generation ended.
public enum StopReason {
  /// The model wrote its end token.
  END,
  /// A stop string appeared.
  STOP_STRING,
  /// The requested number of tokens was written.
  LENGTH,
  /// The context is full.
  CONTEXT
}
