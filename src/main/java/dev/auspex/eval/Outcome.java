package dev.auspex.eval;

/// What an examination says of one problem.
///
/// @param problem the problem
/// @param logRate log of the pass rate at temperature 1, exact or estimated without bias
/// @param rate the pass rate, likewise
/// @param draws texts sampled; 0 where the rate is exact
/// @param passes how many of these passed
/// @param capped whether sampling ended at its limit, so that `logRate` is too high
public record Outcome(
    Problem problem, double logRate, double rate, int draws, int passes, boolean capped) {}
