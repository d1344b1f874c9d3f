package dev.auspex.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws a chart as SVG with XChart, in the colours of one theme.
///
/// Logarithmic axes are drawn as linear axes of the logarithm with rewritten labels, so a range of
/// less than a decade still gets several of them.
final class ChartDrawing {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 460;

  /// Colours of a page.
  enum Theme {
    LIGHT(0x1f2933, 0xd9dee5, 0x1d4ed8, 0xc2410c, 0x0f766e, 0x6b7280, 40),
    DARK(0xe5e9f0, 0x39424e, 0x7aa2f7, 0xff9e64, 0x4fd6be, 0x8b95a5, 56);

    private final Color ink;
    private final Color grid;
    private final Color main;
    private final Color accent;
    private final Color good;
    private final Color faint;
    private final Color band;

    Theme(int ink, int grid, int main, int accent, int good, int faint, int bandAlpha) {
      this.ink = new Color(ink);
      this.grid = new Color(grid);
      this.main = new Color(main);
      this.accent = new Color(accent);
      this.good = new Color(good);
      this.faint = new Color(faint);
      this.band = new Color(main >> 16 & 255, main >> 8 & 255, main & 255, bandAlpha);
    }

    private Color[] several() {
      return new Color[] {main, accent, good, faint, ink};
    }
  }

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE
  };

  private final Chart chart;
  private final Theme theme;
  private int seriesDrawn;

  private ChartDrawing(Chart chart, Theme theme) {
    this.chart = chart;
    this.theme = theme;
  }

  /// The chart as an SVG document.
  static String svg(Chart chart, Theme theme) {
    XYChart drawn = new ChartDrawing(chart, theme).draw();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(drawn, out, VectorGraphicsFormat.SVG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private XYChart draw() {
    XYChart drawn =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle(chart.xTitle())
            .yAxisTitle(chart.yTitle())
            .build();
    style(drawn.getStyler());
    for (Chart.Curve curve : chart.curves()) {
      double[] x = new double[curve.points().size()];
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = place(curve.points().get(i)[0], chart.logX());
        y[i] = place(curve.points().get(i)[1], chart.logY());
      }
      if (x.length > 0) {
        style(drawn.addSeries(curve.name(), x, y), curve.look());
      }
    }
    return drawn;
  }

  private static double place(double value, boolean log) {
    return log ? Math.log10(value) : value;
  }

  private void style(XYStyler styler) {
    Color clear = new Color(0, 0, 0, 0);
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    styler.setBaseFont(font);
    styler.setAxisTitleFont(font);
    styler.setAxisTickLabelsFont(font.deriveFont(12f));
    styler.setLegendFont(font.deriveFont(12f));
    styler.setChartTitleVisible(false);
    styler.setChartBackgroundColor(clear);
    styler.setPlotBackgroundColor(clear);
    styler.setPlotBorderVisible(false);
    styler.setLegendBackgroundColor(clear);
    styler.setLegendBorderColor(clear);
    styler.setLegendPosition(LegendPosition.OutsideS);
    styler.setLegendLayout(LegendLayout.Horizontal);
    styler.setChartFontColor(theme.ink);
    styler.setAxisTickLabelsColor(theme.ink);
    styler.setAxisTickMarksColor(theme.grid);
    styler.setXAxisTitleColor(theme.ink);
    styler.setYAxisTitleColor(theme.ink);
    styler.setPlotGridLinesColor(theme.grid);
    styler.setPlotGridLinesStroke(new BasicStroke(1f));
    styler.setLocale(Locale.ROOT);
    styler.setMarkerSize(9);
    styler.setXAxisTickMarkSpacingHint(90);
    styler.setxAxisTickLabelsFormattingFunction(value -> label(value, chart.logX(), true));
    styler.setyAxisTickLabelsFormattingFunction(value -> label(value, chart.logY(), false));
  }

  private static String label(double place, boolean log, boolean countsWhole) {
    double value = log ? Math.pow(10, place) : place;
    double size = Math.abs(value);
    if (value == 0) {
      return "0";
    }
    if (size >= 1e9 || size < 1e-3) {
      return String.format(Locale.ROOT, "%.1e", value)
          .replace(".0e", "e")
          .replace("e+", "e")
          .replace("e0", "e");
    }
    if (size >= 1e6) {
      return String.format(Locale.ROOT, "%.3gM", value / 1e6).replaceFirst("\\.?0+M", "M");
    }
    boolean whole = countsWhole && !log && Math.abs(value - Math.rint(value)) < 1e-9 * size;
    return String.format(Locale.ROOT, whole ? "%,.0f" : size < 10 ? "%.2f" : "%.1f", value);
  }

  private void style(XYSeries series, Chart.Look look) {
    switch (look) {
      case BAND -> {
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
        series.setFillColor(theme.band);
        line(series, new Color(0, 0, 0, 0), 0.1f);
      }
      case LINE -> line(series, theme.main, 2.2f);
      case SERIES -> series(series);
      case FAINT_LINE -> line(series, theme.faint, 1f);
      case RULE -> {
        line(series, theme.accent, 2.2f);
        series.setMarker(SeriesMarkers.NONE);
      }
      case DOTS -> dots(series, theme.ink, SeriesMarkers.CIRCLE);
      case TARGET -> dots(series, theme.accent, SeriesMarkers.DIAMOND);
      case OUTCOME -> dots(series, theme.good, SeriesMarkers.SQUARE);
    }
  }

  private void series(XYSeries series) {
    Color[] colours = theme.several();
    Color colour = colours[seriesDrawn % colours.length];
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(MARKERS[seriesDrawn / colours.length % MARKERS.length]);
    series.setMarkerColor(colour);
    seriesDrawn++;
  }

  private static void line(XYSeries series, Color colour, float width) {
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
  }

  private static void dots(XYSeries series, Color colour, Marker marker) {
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    series.setMarker(marker);
    series.setMarkerColor(colour);
  }
}
