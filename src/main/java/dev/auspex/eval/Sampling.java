package dev.auspex.eval;

/// How pass rates are estimated where several answers are right.
///
/// @param passes draws go on until this many have passed
/// @param maxDraws most draws for one problem
/// @param seed of the draws
public record Sampling(int passes, int maxDraws, long seed) {
  public Sampling {
    new LogPassRate(passes, maxDraws); // checks both
  }
}
