package dev.auspex.cli;

import dev.auspex.scaling.Assumptions;
import dev.auspex.scaling.ColumnMap;
import dev.auspex.scaling.RunRecord;
import dev.auspex.scaling.RunTable;
import dev.auspex.scaling.TableFit;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
      "Files are CSV, TSV or JSONL, plain or gzipped. A file with a column 'name' holds one run a"
          + " row; a file with a column 'step' (or '_step') and no names is the log of one run,"
          + " named after the file, whose last values count; any other file holds one run a row.",
      "",
      "--map COLUMN=NAME says what a column means. NAME is one of name, seed, step, parameters,"
          + " tokens, flops, gflops, flops_per_token; any other NAME is a metric that shrinks with"
          + " scale, and accuracy:NAME one that grows towards 1 (fitted as -ln of it). Compute is"
          + " flops, else gflops, else flops_per_token times tokens, else 6 x parameters x tokens.",
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
      "    eval/c4_en-validation/CrossEntropyLoss=c4 \\",
      "    --predict olmo/peteish7_eval_anneal.csv.gz"
    })
final class ScaleFitCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--runs",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files of finished runs.")
  private List<Path> runs = List.of();

  @Option(
      names = "--map",
      arity = "1..*",
      paramLabel = "COLUMN=NAME",
      description = "What columns mean.")
  private List<String> map = new ArrayList<>();

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

  @Option(names = "--level", description = "Probability of the intervals (default: 0.9).")
  private double level = 0.9;

  @Option(
      names = "--assume",
      description = "Assumptions: general, small-runs (below 1e13 FLOPs) or measured-bend.")
  private String assume = "general";

  @Option(
      names = "--seed-noise",
      description = "Relative spread between seeds where runs have no replicates, such as 0.004.")
  private @Nullable Double seedNoise;

  @Option(names = "--asymptote", description = "An irreducible loss known otherwise.")
  private @Nullable Double asymptote;

  @Override
  public Integer call() {
    RunTable table = new RunTable(ColumnMap.parse(map), join);
    List<RunRecord> finished = table.read(runs);
    List<RunRecord> targets = predict.isEmpty() ? List.of() : table.read(predict);
    TableFit fit = TableFit.of(finished, targets, assumptions(), level);
    tell(fit, finished.size());
    output.print(fit);
    return 0;
  }

  private Assumptions assumptions() {
    Assumptions chosen = Assumptions.named(assume);
    if (seedNoise != null) {
      chosen = chosen.withSeedNoise(seedNoise);
    }
    return asymptote == null ? chosen : chosen.withAsymptote(asymptote);
  }

  private void tell(TableFit fit, int numRuns) {
    PrintStream out = output.human();
    out.printf("%d runs%n", numRuns);
    out.printf(
        "%-28s %-16s %7s %9s %9s  %s%n",
        "metric", "law", "weight", "residual", "back-test", "parameters");
    for (TableFit.MetricLaw law : fit.laws()) {
      out.printf(
          Locale.ROOT,
          "%-28s %-16s %7.2f %8.2f%% %8.2f%%  %s%n",
          law.metric(),
          law.form(),
          law.weight(),
          100 * law.residual(),
          100 * law.backtest().meanAbsoluteError(),
          numbers(law));
    }
    for (TableFit.Prediction p : fit.predictions()) {
      out.printf(
          Locale.ROOT,
          "%s of %s at %.1fx: %.4f (%.4f to %.4f)%s%n",
          p.metric(),
          p.target(),
          p.computeRatio(),
          p.predicted(),
          p.low(),
          p.high(),
          outcome(p));
    }
    fit.warnings().forEach(warning -> out.println("note: " + warning));
  }

  private static String numbers(TableFit.MetricLaw law) {
    List<String> parts = new ArrayList<>();
    law.parameters()
        .forEach((name, value) -> parts.add(String.format(Locale.ROOT, "%s=%.4g", name, value)));
    return String.join(" ", parts);
  }

  private static String outcome(TableFit.Prediction p) {
    return p.actual() == null || p.relativeError() == null
        ? ""
        : String.format(
            Locale.ROOT,
            ", came %.4f: error %+.2f%%, %s",
            p.actual(),
            100 * p.relativeError(),
            p.low() <= p.actual() && p.actual() <= p.high() ? "inside" : "outside");
  }
}
