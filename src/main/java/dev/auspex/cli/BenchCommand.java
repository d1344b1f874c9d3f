package dev.auspex.cli;

import picocli.CommandLine.Command;

/// `auspex bench`: the group of benchmarks, each beside its peer and with its answer asserted.
@Command(
    name = "bench",
    description = "Measure against other tools in one run.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Runnable {
  @picocli.CommandLine.Spec private picocli.CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new picocli.CommandLine.ParameterException(
        spec.commandLine(), "bench needs one of: chaos, tokenizer, train");
  }
}
