package dev.auspex.report;

import dev.auspex.io.AtomicFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The page of a check of the recipe: findings, tables and pictures, which also get files of their
/// own. It draws what it is given and judges nothing.
public final class CheckPage {
  private CheckPage() {}

  /// Curves over one horizontal axis, both axes logarithmic.
  ///
  /// @param name of its SVG file
  /// @param caption what is seen
  /// @param curves `{x, y}` of each point, by the curve's name
  public record Picture(
      String name,
      String caption,
      String xTitle,
      String yTitle,
      Map<String, List<double[]>> curves) {

    private Chart chart() {
      List<Chart.Curve> drawn = new ArrayList<>();
      curves.forEach(
          (label, points) -> drawn.add(new Chart.Curve(label, Chart.Look.SERIES, points)));
      return new Chart(xTitle, yTitle, true, true, drawn);
    }
  }

  /// A table of words and numbers.
  public record Table(String title, List<String> header, List<List<String>> rows) {}

  /// Writes `check.html` and an SVG file for each picture.
  ///
  /// @param findings one line each
  /// @return the page
  public static Path write(
      Path dir, List<String> findings, List<Table> tables, List<Picture> pictures) {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("Findings", List.of(new Block.Notes(findings))));
    List<Block> drawn = new ArrayList<>();
    for (Picture picture : pictures) {
      Chart chart = picture.chart();
      drawn.add(new Block.Picture(picture.name(), picture.caption(), chart));
      AtomicFiles.writeString(
          dir.resolve(picture.name() + ".svg"), ChartDrawing.svg(chart, ChartDrawing.Theme.LIGHT));
    }
    sections.add(new Section("Pictures", drawn));
    for (Table table : tables) {
      sections.add(
          new Section(table.title(), List.of(new Block.Table(table.header(), table.rows()))));
    }
    Path page = dir.resolve("check.html");
    AtomicFiles.writeString(
        page,
        HtmlPage.of("Check of the recipe", "Does one set of settings serve every size?", sections));
    return page;
  }
}
