package dev.auspex.tokenizer;

/// One way of cutting text, as `tokenizer.json` names them.
sealed interface PreTokenizer {
  /// Cuts by a regular expression; matches and what lies between them are pieces.
  record Split(String regex) implements PreTokenizer {}

  /// Cuts before and after runs of digits, or around each digit.
  record Digits(boolean individual) implements PreTokenizer {}

  /// The splitter that does it.
  default Splitter splitter() {
    return switch (this) {
      case Split split -> SplitPattern.splitter(split.regex());
      case Digits digits -> new RegexSplitter(digits.individual() ? "\\p{N}" : "\\p{N}+");
    };
  }
}
