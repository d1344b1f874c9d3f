package dev.auspex.scaling;

import java.util.List;
import java.util.Locale;

/// A form of law for mean log pass rate. Each is a line in a plane of its own, so that its fit is
/// exact; a mean log pass rate y is a cost in nats, above 0, and p = exp(−y) the pass rate.
enum PassForm {
  /// y = α·C^−k (GPT-4 Technical Report, section 3.2; PassUntil, arXiv 2310.03262).
  POWER,
  /// The odds of passing, p/(1−p), are a power of compute: log p falls evenly with log compute
  /// while p is small, and y as a power law once p is near 1.
  SIGMOID,
  /// y is a power of the text's loss (loss-to-loss, arXiv 2411.12925).
  LOSS_POWER,
  /// p is a logistic curve in the text's loss (two steps, arXiv 2412.04403).
  LOSS_SIGMOID;

  /// A model's place and what it came to.
  ///
  /// @param flops training compute
  /// @param loss its loss on text
  /// @param cost mean −log pass rate, above 0
  record Point(double flops, double loss, double cost) {}

  /// A fitted form.
  ///
  /// @param intercept at the abscissa 0
  /// @param slope of the line
  /// @param residual root mean square of relative residuals
  record Line(PassForm form, double intercept, double slope, double residual) {
    /// Whether cost falls with compute.
    boolean falls() {
      return form.throughLoss() ? slope > 0 : slope < 0;
    }

    /// Cost of a model.
    double cost(double flops, double loss) {
      return form.unlinked(intercept + slope * form.abscissa(flops, loss));
    }
  }

  /// The form's name in tables and JSON.
  String form() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether the loss must be forecast first.
  boolean throughLoss() {
    return this == LOSS_POWER || this == LOSS_SIGMOID;
  }

  /// The line of least squared relative residuals, to first order.
  Line fit(List<Point> points) {
    double[][] columns = new double[2][points.size()];
    double[] values = new double[points.size()];
    for (int i = 0; i < values.length; i++) {
      Point point = points.get(i);
      double weight = relativeWeight(point.cost);
      columns[0][i] = weight;
      columns[1][i] = weight * abscissa(point.flops, point.loss);
      values[i] = weight * linked(point.cost);
    }
    LeastSquares problem = new LeastSquares(columns, values);
    double[] line = problem.unconstrained();
    double residual = Math.sqrt(problem.squaredResidual(line) / values.length);
    return new Line(this, line[0], line[1], residual);
  }

  private double abscissa(double flops, double loss) {
    return switch (this) {
      case POWER, SIGMOID -> Math.log(flops);
      case LOSS_POWER -> Math.log(loss);
      case LOSS_SIGMOID -> loss;
    };
  }

  private boolean logistic() {
    return this == SIGMOID || this == LOSS_SIGMOID;
  }

  /// The cost's logarithm, or the log odds of not passing.
  private double linked(double cost) {
    return logistic() ? cost + Math.log(-Math.expm1(-cost)) : Math.log(cost);
  }

  private double unlinked(double value) {
    return logistic()
        ? Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)))
        : Math.exp(value);
  }

  /// d log cost over d linked cost.
  private double relativeWeight(double cost) {
    return logistic() ? -Math.expm1(-cost) / cost : 1;
  }
}
