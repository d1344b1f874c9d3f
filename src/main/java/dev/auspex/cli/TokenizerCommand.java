package dev.auspex.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `auspex tokenizer`: its subcommands do the work.
@Command(
    name = "tokenizer",
    description = "Train a vocabulary, or turn text into token ids and back.",
    mixinStandardHelpOptions = true,
    subcommands = {
      TokenizerTrainCommand.class,
      TokenizerEncodeCommand.class,
      TokenizerDecodeCommand.class,
      TokenizerStatsCommand.class
    },
    footer = {
      "",
      "Example: auspex tokenizer train --source docs/ --vocab-size 4096 --out tokenizer.json"
    })
public final class TokenizerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(System.out);
    return 0;
  }
}
