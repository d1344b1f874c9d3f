package dev.auspex.tokenizer.chat;

/// A piece of a template.
///
/// @param text what it says: the text, the name, the string without quotes, or the sign
record Token(Kind kind, String text) {
  /// What a piece is.
  enum Kind {
    /// Text outside all tags.
    TEXT,
    /// `{{`.
    PRINT_BEGIN,
    /// `}}`.
    PRINT_END,
    /// `{%`.
    BLOCK_BEGIN,
    /// `%}`.
    BLOCK_END,
    /// A name or keyword.
    NAME,
    /// A quoted string.
    STRING,
    /// A number.
    NUMBER,
    /// A sign such as `==`.
    SIGN,
    /// The end of the template.
    END
  }

  boolean is(Kind wanted, String word) {
    return kind == wanted && text.equals(word);
  }
}
