package dev.auspex.data;

import java.util.Locale;

/// Why something was not taken.
public enum DropReason {
  /// Does not match `--include`.
  NOT_INCLUDED(false),
  /// A file or folder whose name begins with a dot.
  HIDDEN(false),
  /// The same bytes were taken before.
  DUPLICATE(false),
  /// Held out, but training holds more of it than `--heldout-overlap` allows.
  REPEATS_TRAINING(false),
  /// Documents before it hold more of it than `--overlap` allows.
  REPEATS_OTHERS(false),
  /// Outside the sample that `--max-bytes` allows.
  NOT_SAMPLED(false),
  /// Nothing but white space.
  EMPTY(false),
  /// NUL bytes: not text, or UTF-16.
  BINARY(false),
  /// Too many bytes that are not UTF-8.
  INVALID_UTF8(true),
  /// A document above the limit, where such are dropped.
  TOO_LONG(true),
  /// A JSONL line too long to hold.
  LINE_TOO_LONG(true),
  /// A JSONL line that is not one JSON object.
  BROKEN_JSON(true),
  /// A JSONL line without the text field, or whose field is no string.
  MISSING_TEXT(true),
  /// A zip file, or an entry, that cannot be read.
  BROKEN_ARCHIVE(true),
  /// gzip or zstd data cut short or damaged.
  BROKEN_COMPRESSION(true),
  /// An entry whose content does not match its checksum.
  BAD_CHECKSUM(true),
  /// An entry named to leave its folder.
  UNSAFE_NAME(true),
  /// An archive that inflates out of all proportion.
  ARCHIVE_BOMB(true),
  /// An archive in an archive in an archive.
  NESTED_TOO_DEEP(true),
  /// A format that must be unpacked first.
  UNSUPPORTED_FORMAT(true),
  /// A link to a folder, a device, a pipe.
  NOT_REGULAR(true),
  /// A folder written by `auspex data build`.
  DATASET_FOLDER(true),
  /// The system would not let it be read.
  UNREADABLE(true);

  private final boolean told;

  DropReason(boolean told) {
    this.told = told;
  }

  /// Whether each case is worth a line on the screen.
  boolean told() {
    return told;
  }

  /// The word in the ledger, such as `not_included`.
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
