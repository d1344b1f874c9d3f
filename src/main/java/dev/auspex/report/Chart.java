package dev.auspex.report;

import java.util.List;

/// What a picture shows, apart from colours.
///
/// @param xTitle label of the horizontal axis
/// @param yTitle label of the vertical axis
/// @param logX whether the horizontal axis is logarithmic
/// @param logY whether the vertical axis is logarithmic
/// @param curves what is drawn, back to front
record Chart(String xTitle, String yTitle, boolean logX, boolean logY, List<Curve> curves) {
  Chart {
    curves = List.copyOf(curves);
  }

  /// One thing drawn.
  ///
  /// @param name its name in the legend
  /// @param look how it is drawn
  /// @param points `{x, y}` each
  record Curve(String name, Look look, List<double[]> points) {}

  /// How a curve is drawn.
  enum Look {
    BAND,
    LINE,
    /// One of several equal curves: a line with dots, in a colour of its own.
    SERIES,
    FAINT_LINE,
    RULE,
    DOTS,
    TARGET,
    OUTCOME
  }
}
