package dev.auspex.scaling;

/// A sealed forecast beside what came.
///
/// @param metric the metric forecast
/// @param predicted median that was sealed
/// @param low lower end that was sealed
/// @param high upper end that was sealed
/// @param actual what the run came to
/// @param relativeError predicted over actual, less one
/// @param inside whether the interval held the outcome
/// @param computeRatio target compute over that of the largest run forecast from
/// @param sealValid whether seal, chain, time and configuration all check
public record Score(
    String metric,
    double predicted,
    double low,
    double high,
    double actual,
    double relativeError,
    boolean inside,
    double computeRatio,
    boolean sealValid) {

  static Score of(Sealed sealed, double actual, boolean sealValid) {
    Interval interval = sealed.interval();
    return new Score(
        sealed.metric(),
        interval.predicted(),
        interval.low(),
        interval.high(),
        actual,
        interval.predicted() / actual - 1,
        interval.contains(actual),
        sealed.computeRatio(),
        sealValid);
  }
}
