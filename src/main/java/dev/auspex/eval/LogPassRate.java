package dev.auspex.eval;

/// Estimates log p of a pass rate p from draws in order, without bias.
///
/// With c passes of n, log(c/n) is biased and infinite at c = 0. Here draws go on until the k-th
/// pass; if that is draw N, the estimate is −(1/k + 1/(k+1) + … + 1/(N−1)), whose mean is log p:
/// the sum's mean is Σ_{i≥k} P(N>i)/i with P(N>i) = P(Binomial(i,p) < k), whose derivative in p is
/// −i·C(i−1,k−1)·p^(k−1)·(1−p)^(i−k); so the mean's derivative is −1/p times the probabilities of
/// N, which add up to 1, and at p = 1 the sum is empty. For k = 1 this is the sum for a geometric
/// first success. Its variance is about 1/k, whatever p is: draws, about k/p, are heaviest where
/// p is small.
///
/// After `maxDraws` draws it stops; the estimate then is the sum so far, too high by
/// Σ_{i>maxDraws} P(N>i)/i, and is marked as capped. The same draws give p without bias as
/// (k−1)/(N−1) (Haldane 1945, Biometrika 33), k ≥ 2.
public final class LogPassRate {
  private final int passesWanted;
  private final int maxDraws;
  private int passes;
  private int draws;
  private double sum;

  /// @param passesWanted k
  /// @param maxDraws most draws
  public LogPassRate(int passesWanted, int maxDraws) {
    if (passesWanted < 2 || maxDraws < passesWanted) {
      throw new EvalException(
          "passes (%d) must be at least 2 and max_draws (%d) no fewer"
              .formatted(passesWanted, maxDraws));
    }
    this.passesWanted = passesWanted;
    this.maxDraws = maxDraws;
  }

  /// Takes the next draw; one after the end changes nothing.
  public void add(boolean passed) {
    if (done()) {
      return;
    }
    draws++;
    passes += passed ? 1 : 0;
    if (passes < passesWanted && draws >= passesWanted) {
      sum += 1.0 / draws;
    }
  }

  /// Whether no further draw is wanted.
  public boolean done() {
    return passes == passesWanted || draws == maxDraws;
  }

  /// Whether draws ended before the passes came.
  public boolean capped() {
    return passes < passesWanted;
  }

  /// The estimate of log p, at most 0.
  public double logRate() {
    return -sum;
  }

  /// The estimate of p.
  public double rate() {
    return capped() ? (double) passes / Math.max(1, draws) : (passes - 1.0) / (draws - 1.0);
  }

  /// Draws taken.
  public int draws() {
    return draws;
  }

  /// Passes among them.
  public int passes() {
    return passes;
  }
}
