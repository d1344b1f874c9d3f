package dev.auspex.scaling;

import java.util.List;
import java.util.Map;

/// What a ladder says about a target, with everything needed to judge it.
///
/// @param predicted median of the loss
/// @param low lower end of the interval
/// @param high upper end of the interval
/// @param level probability the interval is meant to hold the outcome
/// @param target what was forecast
/// @param computeRatio target compute over that of the ladder's largest run
/// @param laws each form with its fitted numbers, own prediction, weight and back-test
/// @param backtest the blend's forecasts of larger runs from smaller ones
/// @param diagnostics residuals, influences, local slopes, warnings
/// @param curve the blend's median and interval from the smallest run to past the target
/// @param ladder the runs it was made from
/// @param assumptions what was assumed beyond the runs
public record Forecast(
    double predicted,
    double low,
    double high,
    double level,
    Target target,
    double computeRatio,
    List<Law> laws,
    List<Backtest> backtest,
    Diagnostics diagnostics,
    List<CurvePoint> curve,
    List<Observation> ladder,
    Assumptions assumptions) {
  public Forecast {
    if (!(low <= predicted && predicted <= high)) {
      throw new IllegalArgumentException("low, predicted and high must be in order");
    }
    laws = List.copyOf(laws);
    backtest = List.copyOf(backtest);
    curve = List.copyOf(curve);
    ladder = List.copyOf(ladder);
  }

  /// Half the interval's width as a share of the prediction.
  public double relativeHalfWidth() {
    return (high - low) / 2 / predicted;
  }

  /// What a reader must know, in sentences.
  public List<String> warnings() {
    return diagnostics.warnings();
  }

  /// One form of law.
  ///
  /// @param form the law's name
  /// @param parameters the fitted numbers
  /// @param predicted its own median at the target
  /// @param low lower end of its own interval
  /// @param high upper end of its own interval
  /// @param weight its share in the blend
  /// @param residual root mean square of its relative residuals
  /// @param backtestError mean absolute relative error of its back-tests; 0 where there were none
  public record Law(
      String form,
      Map<String, Double> parameters,
      double predicted,
      double low,
      double high,
      double weight,
      double residual,
      double backtestError) {}

  /// One back-test: a run forecast from the smaller ones.
  ///
  /// @param runs how many runs were used
  /// @param run the run forecast
  /// @param computeRatio its compute over that of the largest run used
  /// @param predicted what the blend said
  /// @param low lower end of its interval
  /// @param high upper end of its interval
  /// @param actual what came
  /// @param relativeError predicted over actual, less one
  /// @param inside whether the interval held
  /// @param byForm what each form said
  public record Backtest(
      int runs,
      String run,
      double computeRatio,
      double predicted,
      double low,
      double high,
      double actual,
      double relativeError,
      boolean inside,
      Map<String, Double> byForm) {}

  /// A point of the forecast curve.
  ///
  /// @param flops compute
  /// @param predicted median loss
  /// @param low lower end
  /// @param high upper end
  public record CurvePoint(double flops, double predicted, double low, double high) {}

  /// What a scientist checks before trusting a forecast.
  ///
  /// @param runs each run's residual under the heaviest law and what leaving it out does
  /// @param localSlopes d ln L / d ln C between neighbouring amounts of compute
  /// @param asymptotes the power law's prediction for given irreducible losses
  /// @param seedNoise relative noise of one run, as assumed or pooled with replicates
  /// @param replicates degrees of freedom that replicates gave
  /// @param stretch by how much back-tests stretched the interval
  /// @param warnings what a reader must know, in sentences
  public record Diagnostics(
      List<RunDiagnostic> runs,
      List<LocalSlope> localSlopes,
      List<AsymptoteSensitivity> asymptotes,
      double seedNoise,
      int replicates,
      double stretch,
      List<String> warnings) {
    public Diagnostics {
      runs = List.copyOf(runs);
      localSlopes = List.copyOf(localSlopes);
      asymptotes = List.copyOf(asymptotes);
      warnings = List.copyOf(warnings);
    }
  }

  /// A run's part in the forecast.
  ///
  /// @param run the run
  /// @param residual actual over fitted, less one, under the heaviest law
  /// @param influence prediction without this run over the prediction, less one
  public record RunDiagnostic(String run, double residual, double influence) {}

  /// Slope of log loss against log compute between two neighbours.
  ///
  /// @param from compute of the smaller
  /// @param to compute of the larger
  /// @param slope d ln L / d ln C
  public record LocalSlope(double from, double to, double slope) {}

  /// How the plain power law's prediction hangs on the irreducible loss.
  ///
  /// @param asymptote the irreducible loss, held
  /// @param predicted the prediction then
  /// @param residual root mean square of relative residuals then
  public record AsymptoteSensitivity(double asymptote, double predicted, double residual) {}
}
