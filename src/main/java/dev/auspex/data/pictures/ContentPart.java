package dev.auspex.data.pictures;

/// A piece of a message: text, or a picture where it stands.
public sealed interface ContentPart {
  /// Text; never read as special tokens.
  record Text(String text) implements ContentPart {}

  /// A picture: a path, relative to the file that names it, or a `data:` URL.
  record Image(String source) implements ContentPart {}
}
