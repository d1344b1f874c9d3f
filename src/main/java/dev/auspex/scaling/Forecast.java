package dev.auspex.scaling;

import java.util.List;
import java.util.Map;

/// A prediction of a run that has not started, with what it rests on.
///
/// @param metric what is predicted, such as `heldout_bpb`
/// @param targetFlops compute of the target
/// @param computeRatio target compute over that of the ladder's largest run
/// @param predicted median of the predictive distribution
/// @param low lower end of the interval
/// @param high upper end of the interval
/// @param level probability that the outcome lies inside, by the forecast's own account
/// @param noise standard deviation of `ln L` between runs that differ in seed only
/// @param laws the forms combined
/// @param warnings what a reader should know, such as a slope that still changes
public record Forecast(
    String metric,
    double targetFlops,
    double computeRatio,
    double predicted,
    double low,
    double high,
    double level,
    double noise,
    List<Law> laws,
    List<String> warnings) {
  /// One fitted form.
  ///
  /// @param form its formula
  /// @param parameters fitted numbers by name
  /// @param predicted loss of the target by this form alone
  /// @param weight share in the combined prediction
  /// @param backtest the same form fitted without the largest runs and asked for them
  public record Law(
      String form,
      Map<String, Double> parameters,
      double predicted,
      double weight,
      List<Backtest> backtest) {}

  /// One back-test.
  ///
  /// @param run the run left out
  /// @param ratio its compute over the largest run used
  /// @param predicted its loss by the smaller runs
  /// @param actual its loss
  /// @param relativeError `predicted / actual - 1`
  public record Backtest(
      String run, double ratio, double predicted, double actual, double relativeError) {}

  /// Half the interval's width relative to the prediction.
  public double relativeHalfWidth() {
    return (high - low) / 2 / predicted;
  }
}
