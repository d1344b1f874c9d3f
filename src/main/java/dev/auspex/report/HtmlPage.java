package dev.auspex.report;

import dev.auspex.report.ChartDrawing.Theme;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// Lays sections out as one web page that needs no network: styles and pictures are inside it.
final class HtmlPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1f2933; --soft: #5b6673; --page: #fdfdfc;
        --line: #dfe3e8; --box: #f4f5f7; --good: #0f766e; --bad: #b42318; --link: #1d4ed8; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e5e9f0; --soft: #9aa5b4;
        --page: #14181d; --line: #2d353f; --box: #1c2229; --good: #4fd6be; --bad: #ff8f80;
        --link: #7aa2f7; } }
      * { box-sizing: border-box; }
      body { margin: 0 auto; padding: 2.5rem 1.25rem 5rem; max-width: 56rem; color: var(--ink);
        background: var(--page); font: 16px/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans",
        "Liberation Sans", sans-serif; }
      h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
      .kind { color: var(--soft); margin: 0 0 2rem; }
      h2 { font-size: 1.3rem; margin: 3rem 0 1rem; padding-top: 1rem;
        border-top: 1px solid var(--line); }
      p { margin: 0 0 1rem; }
      nav { margin: 0 0 2rem; font-size: .9rem; } nav a { margin-right: 1rem; }
      a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
      .figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0 0 1.25rem; }
      .figure { flex: 1 1 9rem; background: var(--box); border-radius: .6rem;
        padding: .9rem 1.1rem; }
      .figure b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 650;
        font-variant-numeric: tabular-nums; white-space: nowrap; }
      .figure span { color: var(--soft); font-size: .85rem; }
      .good b { color: var(--good); } .bad b { color: var(--bad); }
      .wide { overflow-x: auto; margin: 0 0 1.25rem; }
      table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums;
        min-width: 100%; }
      th { text-align: left; color: var(--soft); font-weight: 600; white-space: nowrap; }
      td, th { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line);
        vertical-align: top; overflow-wrap: anywhere; }
      td:first-child, th:first-child { overflow-wrap: normal; }
      td:last-child, th:last-child { padding-right: 0; }
      td.number, th.number { text-align: right; white-space: nowrap; }
      figure { margin: 0 0 1.25rem; } figure img { width: 100%; height: auto; display: block; }
      figcaption { color: var(--soft); font-size: .88rem; }
      pre { margin: 0 0 1.25rem; padding: 1rem; background: var(--box); border-radius: .6rem;
        overflow-x: auto; font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas,
        monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
      pre .prompt { color: var(--soft); }
      ul.notes { margin: 0 0 1.25rem; padding: .8rem 1rem .8rem 2rem; background: var(--box);
        border-radius: .6rem; font-size: .92rem; }
      @media print { body { max-width: none; } nav { display: none; } }
      """;

  private final StringBuilder out = new StringBuilder();

  private HtmlPage() {}

  /// The whole page.
  static String of(String title, String kind, List<Section> sections) {
    HtmlPage page = new HtmlPage();
    page.head(title, kind, sections);
    for (int i = 0; i < sections.size(); i++) {
      Section section = sections.get(i);
      if (!section.title().isEmpty()) {
        page.out.append("<h2 id=\"s%d\">%s</h2>%n".formatted(i, escape(section.title())));
      }
      section.blocks().forEach(page::block);
    }
    return page.out.append("</main>\n</body>\n</html>\n").toString();
  }

  /// Text as it may stand in HTML and in attribute values.
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c < ' ' && c != '\n' && c != '\t' ? '\uFFFD' : c);
      }
    }
    return escaped.toString();
  }

  private void head(String title, String kind, List<Section> sections) {
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>")
        .append(escape(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<main>\n<h1>")
        .append(escape(title))
        .append("</h1>\n<p class=\"kind\">")
        .append(escape(kind))
        .append("</p>\n<nav>\n");
    for (int i = 0; i < sections.size(); i++) {
      if (!sections.get(i).title().isEmpty()) {
        out.append("<a href=\"#s%d\">%s</a>%n".formatted(i, escape(sections.get(i).title())));
      }
    }
    out.append("</nav>\n");
  }

  private void block(Block block) {
    switch (block) {
      case Block.Paragraph(String text) -> out.append("<p>").append(escape(text)).append("</p>\n");
      case Block.Notes(List<String> lines) -> {
        out.append("<ul class=\"notes\">\n");
        lines.forEach(line -> out.append("<li>").append(escape(line)).append("</li>\n"));
        out.append("</ul>\n");
      }
      case Block.Figures(List<Block.Figure> figures) -> {
        out.append("<div class=\"figures\">\n");
        figures.forEach(this::figure);
        out.append("</div>\n");
      }
      case Block.Table table -> table(table);
      case Block.Picture picture -> picture(picture);
      case Block.Verbatim(String text) ->
          out.append("<pre>").append(escape(text)).append("</pre>\n");
      case Block.Sample(String prompt, String text, String settings) ->
          out.append("<figure><pre><span class=\"prompt\">")
              .append(escape(prompt))
              .append("</span>")
              .append(escape(text))
              .append("</pre><figcaption>")
              .append(escape(settings))
              .append("</figcaption></figure>\n");
    }
  }

  private void figure(Block.Figure figure) {
    String mood =
        switch (figure.mood()) {
          case GOOD -> " good";
          case BAD -> " bad";
          case NEUTRAL -> "";
        };
    out.append(
        "<div class=\"figure%s\"><b>%s</b><span>%s</span></div>%n"
            .formatted(mood, escape(figure.value()), escape(figure.label())));
  }

  private void table(Block.Table table) {
    boolean[] numeric = new boolean[table.header().size()];
    for (int i = 0; i < numeric.length; i++) {
      int column = i;
      numeric[i] = i > 0 && table.rows().stream().allMatch(row -> Numeric.like(row.get(column)));
    }
    out.append("<div class=\"wide\"><table>\n<thead><tr>");
    for (int i = 0; i < numeric.length; i++) {
      cell("th", numeric[i], table.header().get(i));
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : table.rows()) {
      out.append("<tr>");
      for (int i = 0; i < numeric.length; i++) {
        cell("td", numeric[i], row.get(i));
      }
      out.append("</tr>\n");
    }
    out.append("</tbody></table></div>\n");
  }

  private void cell(String tag, boolean number, String text) {
    out.append('<').append(tag).append(number ? " class=\"number\">" : ">");
    out.append(escape(text)).append("</").append(tag).append('>');
  }

  private void picture(Block.Picture picture) {
    out.append("<figure><picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"")
        .append(dataUri(ChartDrawing.svg(picture.chart(), Theme.DARK)))
        .append("\"><img alt=\"")
        .append(escape(picture.caption()))
        .append("\" src=\"")
        .append(dataUri(ChartDrawing.svg(picture.chart(), Theme.LIGHT)))
        .append("\"></picture><figcaption>")
        .append(escape(picture.caption()))
        .append("</figcaption></figure>\n");
  }

  private static String dataUri(String svg) {
    return "data:image/svg+xml;base64,"
        + Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8));
  }
}
