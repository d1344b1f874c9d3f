/// Scaling laws: forecasts of a large run from small ones, and the register they are sealed in.
///
/// Pure arithmetic on finished runs: no tensor, no model, no training. `C` is compute in FLOPs, `N`
/// parameters, `D` tokens, `L` loss; residuals and spreads are relative (natural logarithms of
/// loss). Everything is deterministic: grids and closed forms, no random numbers.
///
/// `ladder.jsonl` holds one [Observation][dev.auspex.scaling.Observation] a line. `register.jsonl`
/// holds one sealed forecast a line, each chained to the one before by SHA-256.
@org.jspecify.annotations.NullMarked
package dev.auspex.scaling;
