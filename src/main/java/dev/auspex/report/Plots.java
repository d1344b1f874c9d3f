package dev.auspex.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tools.jackson.databind.JsonNode;

/// Draws the report's pictures as PNG data URIs, by the XChart library.
final class Plots {
  private static final Color BLUE = new Color(0x1f5fa8);
  private static final Color ORANGE = new Color(0xd9822b);
  private static final Color RED = new Color(0xc0392b);
  private static final Color BAND = new Color(0x9db8d6);

  private Plots() {}

  private static XYChart chart(String x, String y) {
    XYChart chart = new XYChartBuilder().width(900).height(480).xAxisTitle(x).yAxisTitle(y).build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setPlotBorderVisible(false);
    return chart;
  }

  /// Ladder, law, sealed interval and outcome over log compute.
  static String forecast(List<JsonNode> ladder, JsonNode forecast, double actual) {
    XYChart chart = chart("training compute (FLOPs)", "held-out loss (bits per byte)");
    chart.getStyler().setXAxisLogarithmic(true);
    double target = forecast.path("target").path("flops").asDouble();
    addCurve(chart, forecast.path("curve"));
    points(
        chart,
        "ladder",
        ladder.stream().map(run -> run.path("flops").asDouble()).toList(),
        ladder.stream().map(run -> run.path("loss").asDouble()).toList(),
        BLUE);
    XYSeries interval =
        chart.addSeries(
            "sealed interval",
            new double[] {target, target},
            new double[] {forecast.path("low").asDouble(), forecast.path("high").asDouble()});
    interval.setMarker(SeriesMarkers.NONE);
    interval.setLineColor(BAND);
    interval.setLineStyle(new BasicStroke(8));
    points(
        chart,
        "sealed prediction",
        List.of(target),
        List.of(forecast.path("predicted").asDouble()),
        ORANGE);
    if (!Double.isNaN(actual)) {
      points(chart, "outcome", List.of(target), List.of(actual), RED);
    }
    return png(chart);
  }

  private static void addCurve(XYChart chart, JsonNode curve) {
    for (String key : List.of("predicted", "low", "high")) {
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (JsonNode point : curve) {
        x.add(point.path("flops").asDouble());
        y.add(point.path(key).asDouble());
      }
      boolean median = key.equals("predicted");
      XYSeries series = chart.addSeries(median ? "forecast" : "forecast, " + key, x, y);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(median ? BLUE : BAND);
      series.setLineStyle(new BasicStroke(median ? 2f : 1f));
      series.setShowInLegend(median);
    }
  }

  private static void points(
      XYChart chart, String name, List<Double> x, List<Double> y, Color colour) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(colour);
  }

  /// Training loss and held-out measurements over steps.
  static String losses(List<JsonNode> metrics) {
    XYChart chart = chart("step", "loss (nats per token)");
    List<Double> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    List<Double> heldSteps = new ArrayList<>();
    List<Double> held = new ArrayList<>();
    for (JsonNode line : metrics) {
      if (line.has("loss")) {
        steps.add(line.path("step").asDouble());
        losses.add(line.path("loss").asDouble());
      } else if (line.has("heldout_loss")) {
        heldSteps.add(line.path("step").asDouble());
        held.add(line.path("heldout_loss").asDouble());
      }
    }
    XYSeries train = chart.addSeries("training batch", steps, losses);
    train.setMarker(SeriesMarkers.NONE);
    train.setLineColor(BAND);
    train.setLineStyle(new BasicStroke(1));
    if (!held.isEmpty()) {
      points(chart, "held-out", heldSteps, held, RED);
    }
    return png(chart);
  }

  private static String png(XYChart chart) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG);
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
