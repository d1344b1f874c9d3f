package dev.auspex.tokenizer;

import java.util.List;

/// The special tokens of every vocabulary trained here; they take the ids 0 to 7 in this order.
public final class SpecialTokens {
  /// Ends a document.
  public static final String END = "<|end|>";

  /// Begins the system's turn of a conversation.
  public static final String SYSTEM = "<|system|>";

  /// Begins the user's turn.
  public static final String USER = "<|user|>";

  /// Begins the assistant's turn.
  public static final String ASSISTANT = "<|assistant|>";

  /// Begins a tool's turn.
  public static final String TOOL = "<|tool|>";

  /// Ends a turn.
  public static final String TURN_END = "<|turn_end|>";

  /// Stands where an image's embeddings go.
  public static final String IMAGE = "<|image|>";

  /// Fills a batch; never trained on.
  public static final String PAD = "<|pad|>";

  /// All of them in the order of their ids.
  public static final List<String> ALL =
      List.of(END, SYSTEM, USER, ASSISTANT, TOOL, TURN_END, IMAGE, PAD);

  private SpecialTokens() {}
}
