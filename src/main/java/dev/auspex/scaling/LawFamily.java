package dev.auspex.scaling;

import java.util.List;

/// A form of law: fits its best member, and spans all members that could have made the runs.
sealed interface LawFamily
    permits PowerFamily,
        FixedFamily,
        LogLinearFamily,
        BentFamily,
        KinkedFamily,
        ChinchillaFamily,
        ReferenceFamily {
  /// The law's name in tables and JSON.
  String form();

  /// The fewest runs this form may be fitted to in a forecast.
  default int minRuns() {
    return 3;
  }

  /// The fewest runs in a back-test, where priors and signs stand in for missing runs.
  default int minBacktestRuns() {
    return 3;
  }

  /// Whether the runs can tell this form's numbers apart.
  boolean suits(List<Observation> runs);

  /// The global least-squares member, in relative residuals.
  ScalingLaw fit(List<Observation> runs);

  /// Members on a grid with their predictions at `target`.
  List<Member> members(List<Observation> runs, Target target);
}
