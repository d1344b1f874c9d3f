package dev.auspex.scaling;

/// One member of a family of laws: the non-linear numbers held, the linear ones fitted.
///
/// @param logPrior log prior weight, with the volume of the linear coefficients for unit noise
/// @param squaredResidual sum of squared relative residuals of the runs
/// @param numLinear how many linear coefficients were fitted
/// @param logPrediction log of the loss at the target
/// @param spread standard deviation of `logPrediction` for unit noise
record Member(
    double logPrior, double squaredResidual, int numLinear, double logPrediction, double spread) {

  /// The prior weight of a member: `log(share)` and the Gaussian volume of its coefficients.
  static double logPrior(double logShare, double determinant, int numLinear) {
    return logShare - 0.5 * Math.log(determinant) + 0.5 * numLinear * Math.log(2 * Math.PI);
  }

  /// The same with another prediction, by `logLoss` higher.
  Member shifted(double logLoss) {
    return new Member(logPrior, squaredResidual, numLinear, logPrediction + logLoss, spread);
  }
}
