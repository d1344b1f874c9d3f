package dev.auspex.report;

/// Builds HTML text; everything that comes from outside is escaped.
final class Html {
  private final StringBuilder text = new StringBuilder();

  /// Text with the five special characters replaced.
  static String escape(String raw) {
    return raw.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  Html raw(String html) {
    text.append(html).append('\n');
    return this;
  }

  Html heading(String title) {
    return raw("<h2>" + escape(title) + "</h2>");
  }

  Html paragraph(String words) {
    return raw("<p>" + escape(words) + "</p>");
  }

  Html code(String words) {
    return raw("<pre>" + escape(words) + "</pre>");
  }

  /// A table row; the first cell is a heading where `head`.
  Html row(boolean head, Object... cells) {
    String tag = head ? "th" : "td";
    text.append("<tr>");
    for (Object cell : cells) {
      text.append('<').append(tag).append('>').append(escape(String.valueOf(cell)));
      text.append("</").append(tag).append('>');
    }
    text.append("</tr>\n");
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
