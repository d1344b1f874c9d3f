package dev.auspex.scaling;

import java.util.List;

/// A form of law: fits its best member, and spans all members that could have made the runs.
sealed interface LawFamily
    permits PowerFamily, FixedFamily, LogLinearFamily, BentFamily, ChinchillaFamily {
  /// The law's name in tables and JSON.
  String form();

  /// The fewest runs this form may be fitted to in a forecast.
  int minRuns();

  /// The fewest runs in a back-test, where priors and signs stand in for missing runs.
  int minBacktestRuns();

  /// Whether the runs can tell this form's numbers apart.
  boolean suits(List<Observation> runs);

  /// The global least-squares member, in relative residuals.
  ScalingLaw fit(List<Observation> runs);

  /// Members on a grid with their predictions at `target`.
  List<Member> members(List<Observation> runs, Target target);
}
