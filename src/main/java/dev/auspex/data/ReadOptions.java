package dev.auspex.data;

import java.util.List;

/// What of a source is read, and how.
///
/// @param include file name globs such as `*.java`; empty for every text file
/// @param stripLicenceHeaders whether a comment at the top of source code is removed
/// @param textField field of a JSON line that holds the text
/// @param maxDocumentBytes longer documents are dropped, never held whole
public record ReadOptions(
    List<String> include, boolean stripLicenceHeaders, String textField, int maxDocumentBytes) {
  public ReadOptions {
    include = List.copyOf(include);
    if (maxDocumentBytes < 1) {
      throw new DataException(
          "max_document_bytes (" + maxDocumentBytes + ") must be at least 1; usual: 16777216");
    }
  }

  /// All text files, 16 MiB a document.
  public static final ReadOptions DEFAULT = new ReadOptions(List.of(), false, "text", 16 << 20);
}
