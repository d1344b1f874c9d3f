package dev.auspex.scaling;

/// Loss as a function of training compute.
public sealed interface ScalingLaw {
  /// @param flops training compute
  /// @return predicted loss
  double at(double flops);

  /// `L(C) = a C^b + c`, the form of the GPT-4 report (arXiv 2303.08774, section 3).
  ///
  /// @param a positive
  /// @param b negative
  /// @param c irreducible loss, 0 or more
  record PowerLaw(double a, double b, double c) implements ScalingLaw {
    @Override
    public double at(double flops) {
      return a * Math.pow(flops, b) + c;
    }
  }

  /// A power law whose exponent drifts: `ln L = p + q x + r x^2`, `x = ln(C / pivot)`. With `r < 0`
  /// it steepens, as runs below the power-law regime do (compare the broken law of Caballero et al.
  /// 2023, arXiv 2210.14891).
  ///
  /// @param pivot compute at which the slope is `q`
  record DriftingPowerLaw(double p, double q, double r, double pivot) implements ScalingLaw {
    @Override
    public double at(double flops) {
      double x = Math.log(flops / pivot);
      return Math.exp(p + q * x + r * x * x);
    }
  }
}
