package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Laws and predictions for every metric of a table of runs.
///
/// @param laws every form fitted, metric by metric, heaviest first
/// @param predictions every row to predict, metric by metric
/// @param warnings what a reader must know, each led by its metric
public record TableFit(List<MetricLaw> laws, List<Prediction> predictions, List<String> warnings) {
  public TableFit {
    laws = List.copyOf(laws);
    predictions = List.copyOf(predictions);
    warnings = List.copyOf(warnings);
  }

  /// A form fitted to one metric.
  ///
  /// @param metric the metric
  /// @param form the law's name; of -ln(accuracy) where the metric is an accuracy
  /// @param parameters the fitted numbers
  /// @param backtest what it forecast from smaller runs
  /// @param weight its share in the blend
  /// @param residual root mean square of relative residuals
  public record MetricLaw(
      String metric,
      String form,
      Map<String, Double> parameters,
      LawBacktest backtest,
      double weight,
      double residual) {}

  /// Back-tests of one form.
  ///
  /// @param tests how many larger runs were forecast from smaller ones
  /// @param meanAbsoluteError mean absolute relative error
  public record LawBacktest(int tests, double meanAbsoluteError) {}

  /// One metric of one row to predict.
  ///
  /// @param metric the metric
  /// @param target the row's name
  /// @param predicted median
  /// @param low lower end
  /// @param high upper end
  /// @param actual what came, null where the row does not say
  /// @param relativeError predicted over actual, less one; null where not known
  /// @param computeRatio compute over that of the largest run fitted
  public record Prediction(
      String metric,
      String target,
      double predicted,
      double low,
      double high,
      @Nullable Double actual,
      @Nullable Double relativeError,
      double computeRatio) {}

  /// Fits every metric the runs carry and predicts every row of `targets`.
  ///
  /// @param runs finished runs
  /// @param targets rows to predict, with outcomes where known
  /// @param assumptions what to assume beyond the runs
  /// @param level probability of the intervals
  public static TableFit of(
      List<RunRecord> runs, List<RunRecord> targets, Assumptions assumptions, double level) {
    Set<String> metrics = new LinkedHashSet<>();
    runs.forEach(run -> metrics.addAll(run.metrics().keySet().stream().sorted().toList()));
    if (metrics.isEmpty()) {
      throw new ScalingException(
          "runs must carry a metric: map one, for instance --map eval/c4/CrossEntropyLoss=c4");
    }
    List<MetricLaw> laws = new ArrayList<>();
    List<Prediction> predictions = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Forecaster forecaster = new Forecaster(assumptions);
    for (String metric : metrics) {
      Scale scale = Scale.of(metric);
      List<Observation> ladder = scale.ladder(runs, metric);
      Forecast last = null;
      for (RunRecord target : targets) {
        last = forecaster.forecast(ladder, target.point(), level, 0);
        predictions.add(scale.prediction(metric, target, last));
      }
      if (last == null) {
        last = forecaster.forecast(ladder, tenfold(ladder), level, 0);
      }
      addLaws(laws, scale.plainName(metric), last);
      for (String warning : last.diagnostics().warnings()) {
        warnings.add(scale.plainName(metric) + ": " + warning);
      }
    }
    return new TableFit(laws, predictions, warnings);
  }

  private static void addLaws(List<MetricLaw> laws, String metric, Forecast forecast) {
    for (Forecast.Law law : forecast.laws()) {
      laws.add(
          new MetricLaw(
              metric,
              law.form(),
              law.parameters(),
              new LawBacktest(forecast.backtest().size(), law.backtestError()),
              law.weight(),
              law.residual()));
    }
  }

  /// Ten times the largest run's compute, split evenly between size and data.
  private static Target tenfold(List<Observation> ladder) {
    Observation largest = Runs.sorted(ladder).getLast();
    double growth = Math.sqrt(10);
    return new Target(
        10 * largest.flops(), growth * largest.parameters(), growth * largest.tokens());
  }

  /// On which scale a metric follows a law: as it is, or -ln of an accuracy.
  private enum Scale {
    LOSS,
    ACCURACY;

    private static final double SURE = 1e-4;

    static Scale of(String metric) {
      return metric.startsWith(ColumnMap.ACCURACY) ? ACCURACY : LOSS;
    }

    String plainName(String metric) {
      return this == ACCURACY ? metric.substring(ColumnMap.ACCURACY.length()) : metric;
    }

    List<Observation> ladder(List<RunRecord> runs, String metric) {
      List<Observation> ladder = new ArrayList<>();
      for (RunRecord run : runs) {
        Double value = run.metrics().get(metric);
        if (value != null) {
          Target at = run.point();
          ladder.add(
              new Observation(
                  run.name(),
                  at.flops(),
                  at.parameters(),
                  at.tokens(),
                  loss(value, run.name()),
                  run.seed()));
        }
      }
      boolean sized = ladder.stream().allMatch(Observation::sized);
      return sized ? ladder : ladder.stream().map(Scale::unsized).toList();
    }

    private static Observation unsized(Observation run) {
      return new Observation(run.name(), run.flops(), 0, 0, run.loss(), run.seed());
    }

    Prediction prediction(String metric, RunRecord target, Forecast forecast) {
      double predicted = value(forecast.predicted());
      double low = Math.min(value(forecast.low()), value(forecast.high()));
      double high = Math.max(value(forecast.low()), value(forecast.high()));
      Double actual = target.metrics().get(metric);
      return new Prediction(
          plainName(metric),
          target.name(),
          predicted,
          low,
          high,
          actual,
          actual == null ? null : predicted / actual - 1,
          forecast.computeRatio());
    }

    private double loss(double value, String run) {
      if (this == LOSS) {
        return value;
      }
      if (!(value > 0 && value <= 1)) {
        throw new ScalingException(
            "accuracy of run %s (%s) must lie above 0 and not above 1; map a loss without accuracy:"
                .formatted(run, value));
      }
      return Math.max(SURE, -Math.log(value));
    }

    private double value(double loss) {
      return this == ACCURACY ? Math.exp(-loss) : loss;
    }
  }
}
