package dev.auspex.data;

/// A document that is kept, and on which side of the split.
///
/// @param source index of its source
record Piece(int source, Document document, ContentHash hash, Split split) {
  int bytes() {
    return document.text().length;
  }
}
