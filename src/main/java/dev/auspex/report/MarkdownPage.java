package dev.auspex.report;

import java.util.ArrayList;
import java.util.List;

/// Lays sections out as Markdown; pictures are SVG files beside it.
final class MarkdownPage {
  private final StringBuilder out = new StringBuilder();

  private MarkdownPage() {}

  /// The whole page.
  static String of(String title, String kind, List<Section> sections) {
    MarkdownPage page = new MarkdownPage();
    page.out.append("# ").append(escape(title)).append("\n\n").append(escape(kind)).append("\n\n");
    for (Section section : sections) {
      if (!section.title().isEmpty()) {
        page.out.append("## ").append(escape(section.title())).append("\n\n");
      }
      section.blocks().forEach(page::block);
    }
    return page.out.toString();
  }

  private void block(Block block) {
    switch (block) {
      case Block.Paragraph(String text) -> out.append(escape(text)).append("\n\n");
      case Block.Notes(List<String> lines) -> {
        lines.forEach(line -> out.append("- ").append(escape(line)).append('\n'));
        out.append('\n');
      }
      case Block.Figures(List<Block.Figure> figures) -> {
        for (Block.Figure figure : figures) {
          out.append("- ").append(escape(figure.label())).append(": **");
          out.append(escape(figure.value())).append("**\n");
        }
        out.append('\n');
      }
      case Block.Table table -> table(table);
      case Block.Picture picture ->
          out.append("![%s](%s.svg)%n%n".formatted(escape(picture.caption()), picture.name()));
      case Block.Verbatim(String text) -> fenced(text);
      case Block.Sample(String prompt, String text, String settings) -> {
        fenced(prompt + text);
        out.append(escape(settings)).append("\n\n");
      }
    }
  }

  private void table(Block.Table table) {
    row(table.header());
    List<String> rule = new ArrayList<>();
    for (int i = 0; i < table.header().size(); i++) {
      int column = i;
      boolean number =
          i > 0 && table.rows().stream().allMatch(row -> Numeric.like(row.get(column)));
      rule.add(number ? "---:" : "---");
    }
    out.append("| ").append(String.join(" | ", rule)).append(" |\n");
    table.rows().forEach(this::row);
    out.append('\n');
  }

  private void row(List<String> cells) {
    out.append("| ");
    out.append(String.join(" | ", cells.stream().map(MarkdownPage::escape).toList()));
    out.append(" |\n");
  }

  /// A fence longer than any run of back-ticks inside.
  private void fenced(String text) {
    int longest = 2;
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      run = text.charAt(i) == '`' ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    String fence = "`".repeat(longest + 1);
    out.append(fence).append('\n').append(text);
    out.append(text.endsWith("\n") ? "" : "\n").append(fence).append("\n\n");
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r') {
        escaped.append(' ');
      } else if (c == '<') {
        escaped.append("&lt;");
      } else if (c == '&') {
        escaped.append("&amp;");
      } else if ("\\`*_[]|#".indexOf(c) >= 0) {
        escaped.append('\\').append(c);
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
