package dev.auspex.scaling;

import java.util.Map;

/// A law that gives the loss of a run from its size.
public sealed interface ScalingLaw
    permits PowerLaw,
        FixedAsymptote,
        PureLogLinear,
        BentPowerLaw,
        KinkedPower,
        Chinchilla,
        ReferenceLaw {
  /// The law's name in tables and JSON.
  String form();

  /// Loss of a run at `at`, in the unit of the runs the law was fitted to.
  double predict(Target at);

  /// The fitted numbers by name, in the order of the formula.
  Map<String, Double> parameters();
}
