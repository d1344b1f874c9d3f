package dev.auspex.cli;

import picocli.CommandLine.Command;

/// `auspex scale`: the group of commands on ladders, laws and forecasts.
@Command(
    name = "scale",
    description = "Plan and run ladders, fit laws, seal forecasts and score them.",
    mixinStandardHelpOptions = true)
final class ScaleCommand {}
