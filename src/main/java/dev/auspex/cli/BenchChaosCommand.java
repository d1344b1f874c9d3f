package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.run.Interruption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex bench chaos`: kills, stops and damages runs, resumes them on other numbers of workers,
/// and compares the final weights with those of a run nobody disturbed.
@Command(
    name = "chaos",
    description = "Kill a run again and again; its weights must come out the same to the last bit.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex bench chaos --kills 100 --workers 1,2,4"})
final class BenchChaosCommand implements Callable<Integer> {
  private final Interruption interruption;

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--kills", description = "How many kill -9 (default: ${DEFAULT-VALUE}).")
  private int kills = 100;

  @Option(
      names = "--workers",
      split = ",",
      description = "Numbers of workers to change between (default: 1,2,4).")
  private List<Integer> workers = List.of(1, 2, 4);

  @Option(names = "--steps", description = "Steps of each run (default: ${DEFAULT-VALUE}).")
  private int steps = 100;

  @Option(names = "--data", description = "Text (default: some of the JDK's sources).")
  private @org.jspecify.annotations.Nullable Path data;

  @Option(names = "--dir", description = "Folder for the runs (default: a temporary one).")
  private @org.jspecify.annotations.Nullable Path dir;

  @Option(names = "--seed", description = "Seed of the chaos (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  BenchChaosCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    if (kills < 1 || steps < 1 || workers.stream().anyMatch(n -> n < 1 || n > Chaos.LANES)) {
      throw new ConfigException(
          "--kills (%d), --steps (%d) and --workers (%s) must be at least 1, workers at most %d"
              .formatted(kills, steps, workers, Chaos.LANES));
    }
    if (dir != null) {
      return run(dir);
    }
    TemporaryFolder folder = new TemporaryFolder("auspex-chaos");
    int code = run(folder.path());
    if (code == 0) {
      folder.close(); // else it shows what differs
    }
    return code;
  }

  private int run(Path root) throws IOException, InterruptedException {
    Chaos chaos = new Chaos(root, settings(), workers, seed, output.human(), interruption);
    Chaos.Tally tally = chaos.run(kills);
    if (interruption.requested()) {
      return ExitCodes.INTERRUPTED;
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    tally.counts().forEach((what, count) -> rows.add(row(what, count)));
    rows.add(row("runs compared", tally.runs()));
    rows.add(row("runs that differ", tally.different().size()));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rows", rows);
    document.put("machine", Map.of("threads", Runtime.getRuntime().availableProcessors()));
    rows.forEach(row -> output.human().printf("%-36s %6s%n", row.get("unit"), row.get("value")));
    BenchHistory.append("chaos", document);
    output.print(document);
    if (!tally.different().isEmpty()) {
      output.human().println("different: " + tally.different());
      return ExitCodes.NOT_HELD;
    }
    return 0;
  }

  private Map<String, Object> row(String what, int count) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("shape", "dim 64 layers 2 vocab 1024 T 64 B 8, %d steps".formatted(steps));
    row.put("engine", "auspex");
    row.put("dtype", "bf16");
    row.put("value", count);
    row.put("unit", what);
    row.put("ratio", 1);
    return row;
  }

  private List<String> settings() {
    List<String> settings = new ArrayList<>(List.of("--preset", "tiny"));
    settings.add("--data");
    if (data != null) {
      settings.add(data.toString());
    } else {
      settings.add(QuickstartCommand.jdkSources().toString());
      settings.add("text.include=[\"java.base/java/util/**/*.java\"]");
    }
    settings.addAll(
        List.of(
            "threads=1",
            "steps=" + steps,
            "batch_size=8",
            "micro_batch_size=" + 8 / Chaos.LANES,
            "model.vocab_size=1024",
            "model.context_length=64",
            "model.dim=64",
            "model.num_layers=2",
            "model.num_heads=2",
            "model.num_kv_heads=2",
            "model.head_dim=32",
            "model.ffn_dim=128",
            "eval.every_steps=0",
            "eval.final_windows=8",
            "checkpoint.every_seconds=0.2",
            "checkpoint.keep=3",
            "parallel.timeout_seconds=6"));
    return settings;
  }
}
