/// The commands: the only place that wires objects together, prints and exits.
///
/// With `--json` a command writes one JSON document to standard output; text for people then goes
/// to standard error. Exit codes: 0 done, 1 a bug of ours, 2 the user's mistake, 3 a gate did not
/// hold, 130 interrupted. Nothing imports this package.
@org.jspecify.annotations.NullMarked
package dev.auspex.cli;
