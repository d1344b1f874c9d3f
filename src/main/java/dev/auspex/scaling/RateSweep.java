package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Final losses over a grid of learning rates, and the best rate between them: the vertex of a
/// parabola of the log loss in the log rate through the lowest points.
///
/// The parabola takes the lowest rate and up to two neighbours on each side, those beyond the first
/// only while their loss is within 5% of the lowest: further out the valley is no parabola.
public final class RateSweep {
  private static final int REACH = 2;
  private static final double VALLEY = 0.05;
  private static final int COEFFICIENTS = 3;

  private final TreeMap<Double, List<Double>> losses;
  private final int seeds;

  /// @param losses of each seed by rate, in the same order of seeds; infinite where a run diverged
  public RateSweep(NavigableMap<Double, List<Double>> losses) {
    this.losses = new TreeMap<>();
    losses.forEach((rate, bySeed) -> this.losses.put(rate, List.copyOf(bySeed)));
    this.seeds = losses.firstEntry().getValue().size();
  }

  /// A fitted valley.
  ///
  /// @param rate where the loss is least
  /// @param loss there
  /// @param leverage standard error of the log rate for unit noise of one log loss
  /// @param squares squared residuals about the parabola, seeds' own levels taken out
  /// @param freedom degrees of freedom of `squares`
  public record Optimum(double rate, double loss, double leverage, double squares, int freedom) {
    /// Standard error of the log rate.
    /// @param noise standard deviation of one log loss
    public double error(double noise) {
      return leverage * noise;
    }
  }

  /// Losses by rate, one for each seed.
  public NavigableMap<Double, List<Double>> losses() {
    return java.util.Collections.unmodifiableNavigableMap(losses);
  }

  /// Rate with the lowest mean loss on the grid.
  public double lowest() {
    double best = losses.firstKey();
    for (double rate : losses.keySet()) {
      if (mean(rate) < mean(best)) {
        best = rate;
      }
    }
    return best;
  }

  /// Whether the lowest rate has a higher loss, not a diverged run, on both sides.
  public boolean bracketed() {
    return finite(losses.lowerKey(lowest())) && finite(losses.higherKey(lowest()));
  }

  /// The rate that would tell most where the lowest is not bracketed: one further in the grid's own
  /// ratio, or one between the lowest and a diverged run.
  public double next() {
    double lowest = lowest();
    Double below = losses.lowerKey(lowest);
    Double above = losses.higherKey(lowest);
    if (below == null) {
      return lowest * lowest / Objects.requireNonNull(above);
    }
    if (above == null) {
      return lowest * lowest / below;
    }
    return Math.sqrt(lowest * (finite(below) ? above : below));
  }

  private boolean finite(@Nullable Double rate) {
    return rate != null && Double.isFinite(mean(rate));
  }

  /// The best rate; only where bracketed.
  public Optimum optimum() {
    List<Double> rates = new ArrayList<>(losses.keySet());
    int at = rates.indexOf(lowest());
    Optimum wide = fit(rates.subList(edge(rates, at, -1), edge(rates, at, 1) + 1));
    boolean sound =
        wide.leverage > 0 && wide.rate > rates.get(at - 1) && wide.rate < rates.get(at + 1);
    return sound ? wide : fit(rates.subList(at - 1, at + 2));
  }

  private int edge(List<Double> rates, int at, int side) {
    int edge = at;
    for (int i = 1; i <= REACH; i++) {
      int next = at + side * i;
      boolean inside = next >= 0 && next < rates.size() && Double.isFinite(mean(rates.get(next)));
      if (!inside || i > 1 && mean(rates.get(next)) - mean(rates.get(at)) > VALLEY) {
        break;
      }
      edge = next;
    }
    return edge;
  }

  /// Leverage 0 where the points are not the bottom of a valley.
  private Optimum fit(List<Double> rates) {
    int count = rates.size();
    double[][] columns = new double[COEFFICIENTS][count];
    double[] values = new double[count];
    double centre = Math.log(lowest());
    for (int i = 0; i < count; i++) {
      double x = Math.log(rates.get(i)) - centre;
      columns[0][i] = 1;
      columns[1][i] = x;
      columns[2][i] = x * x;
      values[i] = mean(rates.get(i));
    }
    LeastSquares system = new LeastSquares(columns, values);
    double[] c = system.unconstrained();
    if (!(c[2] > 0)) {
      return new Optimum(lowest(), Math.exp(mean(lowest())), 0, 0, 0);
    }
    double vertex = -c[1] / (2 * c[2]);
    double[] gradient = {0, -1 / (2 * c[2]), c[1] / (2 * c[2] * c[2])};
    return new Optimum(
        Math.exp(centre + vertex),
        Math.exp(c[0] + vertex * (c[1] + vertex * c[2])),
        Math.sqrt(system.variance(gradient) / seeds),
        squares(rates, columns, c),
        seeds * count - seeds - 2);
  }

  private double squares(List<Double> rates, double[][] columns, double[] c) {
    double sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
      double[] rest = new double[rates.size()];
      double level = 0;
      for (int i = 0; i < rest.length; i++) {
        double fitted = c[0] + c[1] * columns[1][i] + c[2] * columns[2][i];
        rest[i] = Math.log(losses.get(rates.get(i)).get(seed)) - fitted;
        level += rest[i] / rest.length;
      }
      for (double value : rest) {
        sum += (value - level) * (value - level);
      }
    }
    return sum;
  }

  /// Mean log loss over seeds.
  private double mean(double rate) {
    return losses.get(rate).stream().mapToDouble(Math::log).average().orElseThrow();
  }

  /// Standard deviation of one log loss about its parabola, from all sweeps together; not a number
  /// where no sweep has more points than a parabola needs.
  public static double noise(List<Optimum> optima) {
    double squares = optima.stream().mapToDouble(Optimum::squares).sum();
    int freedom = optima.stream().mapToInt(Optimum::freedom).sum();
    return freedom > 0 ? Math.sqrt(squares / freedom) : Double.NaN;
  }
}
