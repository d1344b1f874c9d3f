package dev.auspex.scaling;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// All forecasts ever sealed in a register, hits and misses alike.
///
/// @param forecasts every entry, oldest first
/// @param scored how many targets have ended
/// @param inside how many of those ended inside their interval
/// @param coverage share inside, empty of meaning and 0 where none has ended
/// @param meanAbsoluteError mean absolute relative error of those that ended
/// @param expectedCoverage mean of the stated probabilities of those that ended
public record Ledger(
    List<Row> forecasts,
    int scored,
    int inside,
    double coverage,
    double meanAbsoluteError,
    double expectedCoverage) {
  public Ledger {
    forecasts = List.copyOf(forecasts);
  }

  /// One sealed forecast; `score` is null while its target has not ended.
  ///
  /// @param seal the seal
  /// @param time when it was sealed
  /// @param run the target's run folder
  /// @param metric the metric forecast
  /// @param level the interval's stated probability
  /// @param predicted the prediction
  /// @param score the outcome
  public record Row(
      String seal,
      String time,
      String run,
      String metric,
      double level,
      double predicted,
      @Nullable Score score) {}

  static Ledger of(List<Row> rows) {
    int scored = 0;
    int inside = 0;
    double error = 0;
    double level = 0;
    for (Row row : rows) {
      Score score = row.score();
      if (score != null) {
        scored++;
        inside += score.inside() ? 1 : 0;
        error += Math.abs(score.relativeError());
        level += row.level();
      }
    }
    double count = Math.max(1, scored);
    return new Ledger(rows, scored, inside, inside / count, error / count, level / count);
  }
}
