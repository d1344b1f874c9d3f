package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;
import org.hipparchus.special.Erf;
import org.jspecify.annotations.Nullable;

/// All forecasts ever sealed in a register, hits and misses alike.
///
/// @param forecasts every entry, oldest first
/// @param scored how many targets have ended
/// @param inside how many of those ended inside their interval
/// @param coverage share inside, empty of meaning and 0 where none has ended
/// @param meanAbsoluteError mean absolute relative error of those that ended
/// @param expectedCoverage mean of the stated probabilities of those that ended
/// @param invalid how many of those that ended no longer match their seal
/// @param calibration for several probabilities, how often the interval of that probability held
public record Ledger(
    List<Row> forecasts,
    int scored,
    int inside,
    double coverage,
    double meanAbsoluteError,
    double expectedCoverage,
    int invalid,
    List<Calibration> calibration) {
  private static final double[] NOMINAL = {0.5, 0.8, 0.9, 0.95};

  public Ledger {
    forecasts = List.copyOf(forecasts);
    calibration = List.copyOf(calibration);
  }

  /// How often intervals of one probability held; the sealed interval is narrowed or widened to
  /// that probability as a normal distribution of the logarithm, each side by itself.
  ///
  /// @param nominal the probability
  /// @param observed share of the forecasts that ended inside
  public record Calibration(double nominal, double observed) {}

  /// One sealed forecast; `score` is null while its target has not ended.
  ///
  /// @param seal the seal
  /// @param time when it was sealed
  /// @param run the target's run folder
  /// @param metric the metric forecast
  /// @param level the interval's stated probability
  /// @param predicted the prediction
  /// @param low lower end of the interval
  /// @param high upper end of the interval
  /// @param score the outcome
  public record Row(
      String seal,
      String time,
      String run,
      String metric,
      double level,
      double predicted,
      double low,
      double high,
      @Nullable Score score) {}

  static Ledger of(List<Row> rows) {
    int scored = 0;
    int inside = 0;
    double error = 0;
    double level = 0;
    int invalid = 0;
    for (Row row : rows) {
      Score score = row.score();
      if (score != null) {
        scored++;
        inside += score.inside() ? 1 : 0;
        error += Math.abs(score.relativeError());
        level += row.level();
        invalid += score.sealValid() ? 0 : 1;
      }
    }
    double count = Math.max(1, scored);
    return new Ledger(
        rows,
        scored,
        inside,
        inside / count,
        error / count,
        level / count,
        invalid,
        scored == 0 ? List.of() : calibration(rows, scored));
  }

  private static List<Calibration> calibration(List<Row> rows, int scored) {
    List<Calibration> calibration = new ArrayList<>();
    for (double nominal : NOMINAL) {
      double held = 0;
      for (Row row : rows) {
        held += row.score() != null && narrowest(row, row.score().actual()) <= nominal ? 1 : 0;
      }
      calibration.add(new Calibration(nominal, held / scored));
    }
    return calibration;
  }

  /// Probability of the narrowest interval about the prediction that holds `actual`.
  private static double narrowest(Row row, double actual) {
    double end = actual < row.predicted() ? row.low() : row.high();
    double half = Math.abs(Math.log(end / row.predicted()));
    double off = Math.abs(Math.log(actual / row.predicted()));
    if (off == 0) {
      return 0;
    }
    return half > 0 ? Erf.erf(off / half * Erf.erfInv(row.level())) : 1;
  }
}
