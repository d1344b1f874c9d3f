package dev.auspex.scaling;

import dev.auspex.scaling.CheckPlan.Axis;
import dev.auspex.scaling.CheckPlan.Setting;
import dev.auspex.scaling.Trend.Verdict;
import dev.auspex.train.CoordinateCheck.Sizes;
import dev.auspex.train.RecipeConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a check found: which sizes and which best rates move with width, depth or horizon.
///
/// @param coordinates sizes of activations, after the last step
/// @param rates best learning rates; empty where none were measured
/// @param noise standard deviation of one log loss, not a number where no rates were measured
public record CheckFindings(List<Coordinate> coordinates, List<RateDrift> rates, double noise) {
  public CheckFindings {
    coordinates = List.copyOf(coordinates);
    rates = List.copyOf(rates);
  }

  /// A value at a size.
  public record Value(double size, double value) {}

  /// How the size of one activation moves along an axis.
  ///
  /// @param measure `size`, or `change` since the start
  /// @param values after the last step
  /// @param slopes power of the axis after each step, from the first at which all are above 0
  /// @param slope mean of the later half of `slopes`, when every part of the model has moved
  public record Coordinate(
      String quantity,
      String measure,
      Axis axis,
      List<Value> values,
      List<Double> slopes,
      double slope,
      double factor,
      double tolerance,
      Verdict verdict) {}

  /// The best rate of one setting.
  ///
  /// @param rate in multiples of the recipe's
  /// @param error standard error of its logarithm; null where the noise could not be measured
  /// @param loss at the best rate, in bits per byte; null where it was not found
  /// @param bracketed whether it was found: both sides were tried
  public record Best(
      double size, double rate, @Nullable Double error, @Nullable Double loss, boolean bracketed) {}

  /// How the best rate moves along an axis.
  ///
  /// @param seedsNeeded seeds at which two standard errors would be no more than the tolerance, so
  ///     that the verdict would be clear; null where it is, at least 2
  public record RateDrift(
      Axis axis,
      List<Best> best,
      double slope,
      double error,
      double factor,
      double tolerance,
      Verdict verdict,
      @Nullable Integer seedsNeeded) {}

  /// Judges sizes along width and depth.
  public static List<Coordinate> coordinates(
      CheckPlan plan, double tokens, Map<Setting, List<Sizes>> sizes, double tolerance) {
    List<Coordinate> found = new ArrayList<>();
    for (Axis axis : List.of(Axis.WIDTH, Axis.DEPTH)) {
      List<Setting> settings = plan.along(axis, tokens);
      for (String quantity : sizes.get(settings.getFirst()).getFirst().size().keySet()) {
        if (settings.stream()
            .allMatch(at -> sizes.get(at).getFirst().size().containsKey(quantity))) {
          found.add(coordinate(axis, settings, sizes, quantity, "size", tolerance));
          found.add(coordinate(axis, settings, sizes, quantity, "change", tolerance));
        }
      }
    }
    return found;
  }

  private static Coordinate coordinate(
      Axis axis,
      List<Setting> settings,
      Map<Setting, List<Sizes>> sizes,
      String quantity,
      String measure,
      double tolerance) {
    List<Value> values = List.of();
    List<Double> slopes = new ArrayList<>();
    for (int step = 0; step < sizes.get(settings.getFirst()).size(); step++) {
      values = values(axis, settings, sizes, quantity, measure, step);
      if (values.stream().allMatch(value -> value.value() > 0)) {
        slopes.add(
            Trend.of(values.stream().map(v -> new Trend.Point(v.size(), v.value(), 0)).toList())
                .slope());
      }
    }
    List<Double> later = slopes.subList(slopes.size() / 2, slopes.size());
    double slope = later.stream().mapToDouble(x -> x).average().orElse(0);
    double range = values.getLast().size() / values.getFirst().size();
    Trend trend = new Trend(slope, 0, Math.pow(range, slope));
    boolean finite = values.stream().allMatch(value -> Double.isFinite(value.value()));
    return new Coordinate(
        quantity,
        measure,
        axis,
        values,
        slopes,
        slope,
        trend.factor(),
        tolerance,
        finite ? trend.verdict(tolerance) : Verdict.DRIFTS);
  }

  private static List<Value> values(
      Axis axis,
      List<Setting> settings,
      Map<Setting, List<Sizes>> sizes,
      String quantity,
      String measure,
      int step) {
    List<Value> values = new ArrayList<>();
    for (Setting setting : settings) {
      Sizes at = sizes.get(setting).get(step);
      double value = (measure.equals("size") ? at.size() : at.change()).get(quantity);
      values.add(new Value(setting.size(axis), value));
    }
    return values;
  }

  /// Judges the best rates along all axes.
  public static CheckFindings of(
      CheckPlan plan,
      double tokens,
      List<Coordinate> coordinates,
      Map<Setting, RateSweep> sweeps,
      double tolerance) {
    List<RateSweep.Optimum> optima =
        sweeps.values().stream().filter(RateSweep::bracketed).map(RateSweep::optimum).toList();
    double noise = RateSweep.noise(optima);
    List<RateDrift> drifts = new ArrayList<>();
    for (Axis axis : Axis.values()) {
      List<Best> best = new ArrayList<>();
      for (Setting setting : plan.along(axis, tokens)) {
        best.add(best(setting.size(axis), sweeps.get(setting), noise));
      }
      drifts.add(drift(axis, best, plan.seeds(), tolerance));
    }
    return new CheckFindings(coordinates, drifts, noise);
  }

  private static Best best(double size, RateSweep sweep, double noise) {
    if (!sweep.bracketed()) {
      return new Best(size, sweep.lowest(), null, null, false);
    }
    RateSweep.Optimum optimum = sweep.optimum();
    Double error = Double.isNaN(noise) ? null : (Double) optimum.error(noise);
    return new Best(size, optimum.rate(), error, optimum.loss(), true);
  }

  private static RateDrift drift(Axis axis, List<Best> best, int seeds, double tolerance) {
    boolean all = best.stream().allMatch(Best::bracketed);
    boolean known = best.stream().allMatch(b -> b.error() != null);
    Trend trend =
        Trend.of(
            best.stream()
                .map(
                    b ->
                        new Trend.Point(
                            b.size(), b.rate(), known && b.error() != null ? b.error() : 0))
                .toList());
    Verdict verdict = all ? trend.verdict(tolerance) : Verdict.DRIFTS;
    if (all && !known && verdict == Verdict.DRIFTS) {
      verdict = Verdict.UNCLEAR; // without a noise, no slope can be told from none
    }
    double growth = 2 * trend.error() / tolerance;
    return new RateDrift(
        axis,
        best,
        trend.slope(),
        trend.error(),
        trend.factor(),
        tolerance,
        verdict,
        verdict == Verdict.UNCLEAR
            ? (Integer) Math.max(seeds + 1, (int) Math.ceil(seeds * growth * growth))
            : null);
  }

  /// What drifts, with the numbers and what to do; empty where nothing does.
  ///
  /// @param rules the recipe's present ones
  public List<String> drifting(RecipeConfig rules) {
    List<String> lines = new ArrayList<>();
    for (Axis axis : List.of(Axis.WIDTH, Axis.DEPTH)) {
      List<Coordinate> bad =
          coordinates.stream()
              .filter(c -> c.axis() == axis && c.verdict() == Verdict.DRIFTS)
              .toList();
      if (!bad.isEmpty()) {
        lines.add(drifting(axis, bad));
      }
    }
    for (RateDrift rate : rates) {
      if (rate.verdict() == Verdict.DRIFTS) {
        lines.add("the best rate moves with %s; %s".formatted(moves(rate), advice(rate, rules)));
      }
    }
    return lines;
  }

  private static String drifting(Axis axis, List<Coordinate> bad) {
    Coordinate worst =
        bad.stream()
            .max((a, b) -> Double.compare(Math.abs(a.slope()), Math.abs(b.slope())))
            .orElseThrow();
    return String.format(
        Locale.ROOT,
        "%d sizes of activations move with %s, most of all the %s of %s (power %+.2f, x%.2f"
            + " over the range); %s",
        bad.size(),
        axis.word(),
        worst.measure(),
        worst.quantity(),
        worst.slope(),
        worst.factor(),
        axis == Axis.WIDTH
            ? "base.model.mup.base_dim must be the one width where rates were tuned, whatever the"
                + " size trained"
            : "base.model.mup.base_layers must be the one depth where rates were tuned, whatever"
                + " the size trained");
  }

  /// What these runs cannot tell, and the seeds that could; empty where all is clear.
  public List<String> unclear() {
    return rates.stream()
        .filter(rate -> rate.verdict() == Verdict.UNCLEAR)
        .map(
            rate ->
                String.format(
                    Locale.ROOT,
                    "the best rate may move with %s, tolerance %.2f; --seeds %d would tell",
                    moves(rate),
                    rate.tolerance(),
                    rate.seedsNeeded()))
        .toList();
  }

  private static String moves(RateDrift rate) {
    return String.format(
        Locale.ROOT,
        "%s (power %+.2f ± %s, x%.2f over the range)",
        rate.axis().word(),
        rate.slope(),
        rate.error() > 0 ? String.format(Locale.ROOT, "%.2f", rate.error()) : "?",
        rate.factor());
  }

  private static String advice(RateDrift drift, RecipeConfig rules) {
    if (!drift.best().stream().allMatch(Best::bracketed)) {
      return "one best rate lies beyond all rates tried: give --rates further out";
    }
    return switch (drift.axis()) {
      case HORIZON -> exponent("rate_horizon_exponent", rules.rateHorizonExponent(), drift);
      case WIDTH -> exponent("rate_width_exponent", rules.rateWidthExponent(), drift);
      case DEPTH -> "tune at depths nearer to the target's, or see which sizes are not flat";
    };
  }

  private static String exponent(String key, double now, RateDrift drift) {
    return String.format(
        Locale.ROOT,
        "recipe.%s=%.2f (now %.2f) would hold it still",
        key,
        Math.clamp(now - drift.slope(), 0, 1),
        now);
  }
}
