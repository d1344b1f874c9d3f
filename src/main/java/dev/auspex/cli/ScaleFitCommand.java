package dev.auspex.cli;

import dev.auspex.scaling.Assumptions;
import dev.auspex.scaling.ColumnMap;
import dev.auspex.scaling.RunRecord;
import dev.auspex.scaling.RunTable;
import dev.auspex.scaling.ScalingException;
import dev.auspex.scaling.TableFit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex scale fit`: fits laws to anyone's runs and predicts larger ones, with intervals.
@Command(
    name = "fit",
    description = {
      "Fit scaling laws to finished runs and predict larger ones, with intervals.",
      "",
      "Files are CSV, TSV, JSONL or an array in JSON, plain or gzipped. A file with a column 'step'"
          + " (or '_step') is the log of one run, named after the file, or of several where it also"
          + " has a column 'name'; last values count and earlier rows are checkpoints. Any other"
          + " file holds one run a row. A file with a column 'task' may hold one row a task. CSV"
          + " without a header: its columns are 1, 2 and so on.",
      "",
      "--map COLUMN=NAME says what a column means. NAME is one of name, seed, step, task,"
          + " parameters, tokens, tokens_per_step, tokens_per_parameter, flops, gflops,"
          + " flops_per_token; accuracy:TASK, percent:TASK or bpb:TASK (the task's own loss) for a"
          + " task; any other NAME is a loss on text. * in COLUMN matches anything and fills a * in"
          + " NAME; columns of one NAME are averaged, weighted as in 0.3*NAME; - drops a column."
          + " {name} in COLUMN is the run's name, where each run has columns of its own: '{name} -"
          + " train/loss=loss'. Compute is flops, else gflops, else flops_per_token times tokens,"
          + " else 6 x parameters x tokens.",
      "",
      "Accuracy is forecast in two steps (size to task loss, task loss to accuracy) and directly;"
          + " forms are weighed by back-tests inside the ladder, never by outcomes of the targets.",
      "",
      "--join FILE completes runs from a side table: a row goes to the runs whose name starts with"
          + " its first column, and to the files its column 'files' lists (* stands for anything)."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex scale fit --runs ladder.jsonl --predict target.jsonl",
      "  auspex scale fit --runs olmo/190M-*.csv.gz olmo/1B-*.csv.gz --join olmo/runs.tsv \\",
      "    --map throughput/total_tokens=tokens parameters_non_embedding=parameters \\",
      "    'eval/*-validation/CrossEntropyLoss=*' \\",
      "    'eval/downstream_bpb/*_rc_5shot_bpb=bpb:*' \\",
      "    'eval/downstream/*_rc_5shot_len_norm=accuracy:*' \\",
      "    --predict olmo/peteish7_eval_anneal.csv.gz",
      "  auspex scale fit --runs wandb_export.csv --join sizes.csv --map Step=step \\",
      "    '{name} - train/loss=loss' n_params=parameters batch=tokens_per_step",
      "  auspex scale fit --runs table.csv --map 'N (M)=parameters' 'D (B)=tokens' \\",
      "    --scale 'N (M)=1e6' 'D (B)=1e9'"
    })
final class ScaleFitCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--runs",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files of finished runs, or folders of them.")
  private List<Path> runs = List.of();

  @Option(
      names = "--map",
      arity = "1..*",
      paramLabel = "COLUMN=NAME",
      description = "What columns mean.")
  private List<String> map = new ArrayList<>();

  @Option(
      names = "--scale",
      arity = "1..*",
      paramLabel = "COLUMN=FACTOR",
      description = "Multiply a column's values, such as D=1e9 or D=B for tokens in billions.")
  private List<String> scale = new ArrayList<>();

  @Option(
      names = "--join",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Side tables with sizes of the runs.")
  private List<Path> join = new ArrayList<>();

  @Option(
      names = "--predict",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files of runs to predict; where they hold outcomes these are compared.")
  private List<Path> predict = new ArrayList<>();

  @Option(
      names = "--where",
      arity = "1..*",
      paramLabel = "COLUMN=VALUE",
      description = "Keep only rows with this value.")
  private List<String> where = new ArrayList<>();

  @Option(
      names = "--chance",
      arity = "1..*",
      paramLabel = "TASK=ACCURACY",
      description = "Accuracy of guessing (default: the fitted floor).")
  private List<String> chance = new ArrayList<>();

  @Option(names = "--level", description = "Probability of the intervals (default: 0.9).")
  private double level = 0.9;

  @Option(
      names = "--assume",
      description = "What is assumed beyond the runs: " + Assumptions.NAMES + ".")
  private String assume = "general";

  @Option(
      names = "--seed-noise",
      description = "Relative spread between seeds where runs have no replicates, such as 0.004.")
  private @Nullable Double seedNoise;

  @Option(names = "--asymptote", description = "An irreducible loss known otherwise.")
  private @Nullable Double asymptote;

  @Override
  public Integer call() {
    Map<String, Double> chances = chances();
    RunTable table = new RunTable(ColumnMap.parse(map, scale), join, pairs("where", where));
    List<RunRecord> finished = table.read(runs, predict);
    List<RunRecord> targets = predict.isEmpty() ? List.of() : table.targets(predict);
    TableFit fit =
        TableFit.of(finished, targets, assumptions(), level, chances, TerminalProgress.create());
    output.human().printf("%d runs%n", finished.size());
    FitTables.print(fit, output.human());
    output.print(fit);
    return 0;
  }

  private Map<String, Double> chances() {
    Map<String, Double> chances = new LinkedHashMap<>();
    pairs("chance", chance)
        .forEach(
            (task, text) -> {
              double value;
              try {
                value = Double.parseDouble(text);
              } catch (NumberFormatException _) {
                value = Double.NaN;
              }
              if (!(value >= 0 && value < 1)) {
                throw new ScalingException(
                    "chance (%s=%s) must be a number from 0 to 1; four answers to choose from: 0.25"
                        .formatted(task, text));
              }
              chances.put(task, value);
            });
    return chances;
  }

  private static Map<String, String> pairs(String option, List<String> pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String pair : pairs) {
      int equals = pair.lastIndexOf('=');
      if (equals <= 0) {
        throw new ScalingException("%s (%s) must be NAME=VALUE".formatted(option, pair));
      }
      map.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return map;
  }

  private Assumptions assumptions() {
    Assumptions chosen = Assumptions.named(assume);
    if (seedNoise != null) {
      chosen = chosen.withSeedNoise(seedNoise);
    }
    return asymptote == null ? chosen : chosen.withAsymptote(asymptote);
  }
}
