package dev.auspex.scaling;

import java.util.List;

/// What checking a register found.
///
/// @param entries how many entries it holds
/// @param problems what is wrong, in order; empty where nothing is
public record Verification(int entries, List<Problem> problems) {
  public Verification {
    problems = List.copyOf(problems);
  }

  /// Whether nothing is wrong.
  public boolean valid() {
    return problems.isEmpty();
  }

  /// One thing wrong.
  ///
  /// @param line line of the register, from 1; 0 where the register lacks the entry
  /// @param run the run concerned, empty where unknown
  /// @param what what is wrong
  public record Problem(int line, String run, String what) {}
}
