package dev.auspex.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Removes licence comments from the head of source files, since thousands of copies of one notice
/// teach a model nothing but the notice.
///
/// Only comments before the first code are looked at, and only those that speak of a licence or
/// copyright go. Every other byte stays.
final class LicenceHeaders {
  private static final Pattern NOTICE =
      Pattern.compile("licen[cs]e|copyright|spdx-|\\(c\\) \\d{4}", Pattern.CASE_INSENSITIVE);
  private static final byte[] HASH_BANG = {'#', '!'};

  /// How a family of languages writes comments: block begin and end, line begin; empty where none.
  private record Syntax(byte[] open, byte[] close, byte[] line) {
    static Syntax of(String open, String close, String line) {
      return new Syntax(bytes(open), bytes(close), bytes(line));
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  private static final Syntax C = Syntax.of("/*", "*/", "//");
  private static final Syntax HASH = Syntax.of("", "", "#");
  private static final Syntax MARKUP = Syntax.of("<!--", "-->", "");
  private static final Syntax DASHES = Syntax.of("/*", "*/", "--");

  private static final Map<String, Syntax> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("java", C),
          Map.entry("kt", C),
          Map.entry("kts", C),
          Map.entry("scala", C),
          Map.entry("groovy", C),
          Map.entry("c", C),
          Map.entry("h", C),
          Map.entry("cc", C),
          Map.entry("cpp", C),
          Map.entry("cxx", C),
          Map.entry("hpp", C),
          Map.entry("cs", C),
          Map.entry("go", C),
          Map.entry("rs", C),
          Map.entry("swift", C),
          Map.entry("js", C),
          Map.entry("mjs", C),
          Map.entry("ts", C),
          Map.entry("tsx", C),
          Map.entry("jsx", C),
          Map.entry("css", C),
          Map.entry("scss", C),
          Map.entry("proto", C),
          Map.entry("py", HASH),
          Map.entry("rb", HASH),
          Map.entry("pl", HASH),
          Map.entry("sh", HASH),
          Map.entry("r", HASH),
          Map.entry("yaml", HASH),
          Map.entry("yml", HASH),
          Map.entry("toml", HASH),
          Map.entry("properties", HASH),
          Map.entry("cmake", HASH),
          Map.entry("xml", MARKUP),
          Map.entry("html", MARKUP),
          Map.entry("xhtml", MARKUP),
          Map.entry("svg", MARKUP),
          Map.entry("sql", DASHES),
          Map.entry("lua", DASHES),
          Map.entry("hs", DASHES));

  private LicenceHeaders() {}

  /// The text of file `path` without licence comments at its head.
  static byte[] strip(String path, byte[] text) {
    String extension = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    Syntax syntax = BY_EXTENSION.get(extension);
    return syntax == null ? text : strip(syntax, text);
  }

  private static byte[] strip(Syntax syntax, byte[] text) {
    byte[] result = text;
    int at = blanks(result, prologue(result));
    while (at < result.length) {
      int end = commentEnd(syntax, result, at);
      if (end < 0) {
        break;
      }
      String comment = new String(result, at, end - at, StandardCharsets.ISO_8859_1);
      int next = blanks(result, end);
      if (NOTICE.matcher(comment).find()) {
        result = cut(result, at, lineStart(result, end, next));
        at = blanks(result, at);
      } else {
        at = next;
      }
    }
    return result;
  }

  /// Length of what must stay first: `#!...` or `<?xml ...?>`.
  private static int prologue(byte[] text) {
    boolean script = startsWith(text, 0, HASH_BANG);
    boolean xml = startsWith(text, 0, new byte[] {'<', '?', 'x', 'm', 'l'});
    return script || xml ? lineEnd(text, 0) : 0;
  }

  /// End of the comment that begins at `at`, -1 where none does.
  private static int commentEnd(Syntax syntax, byte[] text, int at) {
    if (startsWith(text, at, syntax.open)) {
      for (int i = at + syntax.open.length; i + syntax.close.length <= text.length; i++) {
        if (startsWith(text, i, syntax.close)) {
          return i + syntax.close.length;
        }
      }
      return -1;
    }
    int end = -1;
    for (int i = at; startsWith(text, i, syntax.line); i = end + indent(text, end)) {
      end = lineEnd(text, i);
    }
    return end;
  }

  private static boolean startsWith(byte[] text, int at, byte[] prefix) {
    return prefix.length > 0
        && at + prefix.length <= text.length
        && Arrays.equals(text, at, at + prefix.length, prefix, 0, prefix.length);
  }

  /// Just behind the newline that ends the line at `at`.
  private static int lineEnd(byte[] text, int at) {
    int i = at;
    while (i < text.length && text[i] != '\n') {
      i++;
    }
    return Math.min(i + 1, text.length);
  }

  private static int indent(byte[] text, int at) {
    int i = at;
    while (i < text.length && (text[i] == ' ' || text[i] == '\t')) {
      i++;
    }
    return i - at;
  }

  private static int blanks(byte[] text, int at) {
    int i = at;
    while (i < text.length && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))) {
      i++;
    }
    return i;
  }

  /// Where the first line with something on it begins, between `end` and `next`: keeps its indent.
  private static int lineStart(byte[] text, int end, int next) {
    int i = next;
    while (i > end && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
      i--;
    }
    return i;
  }

  private static byte[] cut(byte[] text, int from, int to) {
    byte[] result = new byte[text.length - (to - from)];
    System.arraycopy(text, 0, result, 0, from);
    System.arraycopy(text, to, result, from, text.length - to);
    return result;
  }
}
