package dev.auspex.cli;

import dev.auspex.report.CheckPage;
import dev.auspex.scaling.CheckFindings;
import dev.auspex.scaling.CheckFindings.Best;
import dev.auspex.scaling.CheckFindings.Coordinate;
import dev.auspex.scaling.CheckFindings.RateDrift;
import dev.auspex.scaling.CheckFindings.Value;
import dev.auspex.scaling.CheckPlan.Axis;
import dev.auspex.scaling.CheckPlan.Setting;
import dev.auspex.scaling.RateSweep;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a check found as tables for the terminal, and as a page with pictures.
final class CheckTables {
  private final CheckFindings findings;
  private final Map<Setting, RateSweep> sweeps;

  CheckTables(CheckFindings findings, Map<Setting, RateSweep> sweeps) {
    this.findings = findings;
    this.sweeps = sweeps;
  }

  void print(PrintStream out) {
    for (Coordinate row : findings.coordinates()) {
      out.printf("%-8s %-8s %-12s %s%n", cells(row).toArray());
    }
    for (RateDrift row : findings.rates()) {
      out.printf("%-8s best rate, in the recipe's: %s  %s%n", cells(row).toArray());
    }
    if (!findings.rates().isEmpty()) {
      out.printf(
          Locale.ROOT,
          Double.isNaN(findings.noise())
              ? "noise not measured: give --seeds 2 or more rates%n"
              : "noise of one loss: %.2f%%%n",
          100 * findings.noise());
    }
  }

  private static List<String> cells(Coordinate row) {
    String values =
        row.values().stream().map(v -> number(v.value())).collect(Collectors.joining(" "));
    return List.of(
        row.axis().word(),
        row.measure(),
        row.quantity(),
        String.format(Locale.ROOT, "%s  power %+.2f %s", values, row.slope(), row.verdict()));
  }

  private static List<String> cells(RateDrift row) {
    return List.of(
        row.axis().word(),
        row.best().stream().map(CheckTables::cell).collect(Collectors.joining(", ")),
        String.format(
            Locale.ROOT,
            "power %+.2f ± %s %s",
            row.slope(),
            row.error() > 0 ? String.format(Locale.ROOT, "%.2f", row.error()) : "?",
            row.verdict()));
  }

  private static String cell(Best best) {
    String at = String.format(Locale.ROOT, "%.4g: ", best.size());
    if (!best.bracketed()) {
      return at + "beyond " + number(best.rate());
    }
    Double error = best.error();
    return at
        + number(best.rate())
        + (error == null ? "" : String.format(Locale.ROOT, " ± %.0f%%", 100 * error));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  /// Writes the page into `dir`, with what does not hold.
  Path page(Path dir, List<String> findingLines) {
    List<CheckPage.Table> tables = new ArrayList<>();
    tables.add(
        new CheckPage.Table(
            "Sizes of activations after the last step",
            List.of("along", "measure", "quantity", "smallest to largest", "power", "verdict"),
            findings.coordinates().stream()
                .map(
                    c ->
                        List.of(
                            c.axis().word(),
                            c.measure(),
                            c.quantity(),
                            c.values().stream()
                                .map(v -> number(v.value()))
                                .collect(Collectors.joining(", ")),
                            String.format(Locale.ROOT, "%+.2f", c.slope()),
                            c.verdict().name()))
                .toList()));
    List<CheckPage.Picture> pictures = new ArrayList<>();
    for (Axis axis : List.of(Axis.WIDTH, Axis.DEPTH)) {
      pictures.add(coordinates(axis));
    }
    if (!findings.rates().isEmpty()) {
      tables.add(
          new CheckPage.Table(
              "Best learning rates, in multiples of the recipe's",
              List.of("along", "size: best rate", "power"),
              findings.rates().stream().map(CheckTables::cells).toList()));
      pictures.add(drifts());
      for (RateDrift drift : findings.rates()) {
        pictures.add(losses(drift));
      }
    }
    List<String> lines = findingLines.isEmpty() ? List.of("Nothing drifts.") : findingLines;
    return CheckPage.write(dir, lines, tables, pictures);
  }

  private CheckPage.Picture coordinates(Axis axis) {
    Map<String, List<double[]>> curves = new LinkedHashMap<>();
    for (Coordinate row : findings.coordinates()) {
      if (row.axis() == axis && row.measure().equals("change")) {
        curves.put(row.quantity(), row.values().stream().map(CheckTables::point).toList());
      }
    }
    return new CheckPage.Picture(
        "coordinates-" + axis.word(),
        "Change of activations over the first steps: level lines are what the recipe promises.",
        axis.word(),
        "mean change",
        curves);
  }

  private static double[] point(Value value) {
    return new double[] {value.size(), value.value()};
  }

  private CheckPage.Picture drifts() {
    Map<String, List<double[]>> curves = new LinkedHashMap<>();
    for (RateDrift drift : findings.rates()) {
      double least = drift.best().getFirst().size();
      curves.put(
          drift.axis().word(),
          drift.best().stream().map(b -> new double[] {b.size() / least, b.rate()}).toList());
    }
    return new CheckPage.Picture(
        "best-rates",
        "The best learning rate in multiples of the recipe's: level lines are a recipe that holds.",
        "size in that of the smallest",
        "best rate in the recipe's",
        curves);
  }

  private CheckPage.Picture losses(RateDrift drift) {
    Map<String, List<double[]>> curves = new LinkedHashMap<>();
    List<Setting> settings = new ArrayList<>(sweeps.keySet());
    for (Best best : drift.best()) {
      Setting setting =
          settings.stream()
              .filter(s -> s.size(drift.axis()) == best.size())
              .findFirst()
              .orElseThrow();
      List<double[]> points = new ArrayList<>();
      sweeps
          .get(setting)
          .losses()
          .forEach(
              (rate, bySeed) -> {
                double mean = bySeed.stream().mapToDouble(x -> x).average().orElseThrow();
                if (Double.isFinite(mean)) {
                  points.add(new double[] {rate, mean});
                }
              });
      curves.put(String.format(Locale.ROOT, "%s %.4g", drift.axis().word(), best.size()), points);
    }
    return new CheckPage.Picture(
        "losses-" + drift.axis().word(),
        "Held-out loss over the learning rate, mean of seeds.",
        "learning rate in multiples of the recipe's",
        "bits per byte",
        curves);
  }
}
