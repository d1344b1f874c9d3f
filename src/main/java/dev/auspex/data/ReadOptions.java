package dev.auspex.data;

import java.util.List;

/// How files become documents.
///
/// @param include globs a file in a folder or archive must match one of; empty takes all
/// @param stripLicenceHeaders whether licence comments at the head of source files are removed
/// @param textField field of a JSONL line that holds the text
/// @param maxDocumentBytes no document is larger, and no more of a file is ever held, a line of
///     JSON apart
/// @param longDocuments what happens to larger ones
/// @param invalidUtf8 what happens where up to a tenth of the bytes are not UTF-8; above that a
///     document is always dropped
public record ReadOptions(
    List<String> include,
    boolean stripLicenceHeaders,
    String textField,
    int maxDocumentBytes,
    LongDocuments longDocuments,
    InvalidUtf8 invalidUtf8) {
  /// Everything, unchanged, up to 16 MiB a document; longer ones split, bad bytes repaired.
  public static final ReadOptions STANDARD =
      new ReadOptions(List.of(), false, "text", 16 << 20, LongDocuments.SPLIT, InvalidUtf8.REPAIR);

  private static final int SMALLEST_DOCUMENT = 64;
  private static final int LARGEST_DOCUMENT = 256 << 20;

  /// What happens to a document above the limit.
  public enum LongDocuments {
    /// Cut at the end of a line, else between two characters.
    SPLIT,
    /// Dropped whole, without reading the rest.
    DROP
  }

  /// What happens to bytes that are not UTF-8.
  public enum InvalidUtf8 {
    /// Each run becomes U+FFFD; the ledger counts the bytes.
    REPAIR,
    /// The document is dropped.
    DROP
  }

  /// Checks the ranges.
  public ReadOptions {
    include = List.copyOf(include);
    if (maxDocumentBytes < SMALLEST_DOCUMENT || maxDocumentBytes > LARGEST_DOCUMENT) {
      throw new DataException(
          "max-document-bytes (%d) must be from %d to %d"
              .formatted(maxDocumentBytes, SMALLEST_DOCUMENT, LARGEST_DOCUMENT));
    }
    if (textField.isEmpty()) {
      throw new DataException("text-field () must be the name of a field, such as text");
    }
  }

  /// The same with other globs.
  public ReadOptions withInclude(List<String> globs) {
    return new ReadOptions(
        globs, stripLicenceHeaders, textField, maxDocumentBytes, longDocuments, invalidUtf8);
  }

  /// The same with licence headers removed or kept.
  public ReadOptions withStripLicenceHeaders(boolean strip) {
    return new ReadOptions(include, strip, textField, maxDocumentBytes, longDocuments, invalidUtf8);
  }

  /// The same with another limit.
  public ReadOptions withMaxDocumentBytes(int bytes) {
    return new ReadOptions(
        include, stripLicenceHeaders, textField, bytes, longDocuments, invalidUtf8);
  }

  /// The same with another rule for long documents.
  public ReadOptions withLongDocuments(LongDocuments rule) {
    return new ReadOptions(
        include, stripLicenceHeaders, textField, maxDocumentBytes, rule, invalidUtf8);
  }
}
