package dev.auspex.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/// What a file's name tells: archive, compressed, lines of JSON, or text; and whether an archive
/// entry's name is safe. Opens nothing.
final class Entries {
  private static final Set<String> ZIP = Set.of("zip", "jar", "war", "ear", "whl");
  private static final Set<String> JSON_LINES = Set.of("jsonl", "ndjson");
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "tar", "tgz", "tbz2", "txz", "7z", "rar", "bz2", "xz", "lz4", "br", "parquet", "arrow",
          "avro", "pdf", "docx", "epub", "odt");

  /// The kinds of file.
  enum Kind {
    ZIP,
    GZIP,
    ZSTD,
    JSON_LINES,
    UNSUPPORTED,
    TEXT
  }

  private Entries() {}

  static Kind kind(String name) {
    String extension = extension(name);
    if (ZIP.contains(extension)) {
      return Kind.ZIP;
    }
    if (JSON_LINES.contains(extension)) {
      return Kind.JSON_LINES;
    }
    if (UNSUPPORTED.contains(extension)) {
      return Kind.UNSUPPORTED;
    }
    return switch (extension) {
      case "gz" -> Kind.GZIP;
      case "zst", "zstd" -> Kind.ZSTD;
      default -> Kind.TEXT;
    };
  }

  private static String extension(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    return last.substring(last.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /// The name without the extension of its compression, all others unchanged.
  static String inflatedName(String name) {
    return switch (kind(name)) {
      case GZIP, ZSTD -> name.substring(0, name.lastIndexOf('.'));
      case ZIP, JSON_LINES, UNSUPPORTED, TEXT -> name;
    };
  }

  /// Whether the name would stay inside the folder an archive is unpacked to.
  static boolean isSafe(String name) {
    String path = name.replace('\\', '/');
    boolean absolute = path.startsWith("/") || path.matches("[A-Za-z]:.*");
    return !absolute && path.indexOf(0) < 0 && !Arrays.asList(path.split("/")).contains("..");
  }
}
