package dev.auspex.report;

import dev.auspex.report.Block.Figure;
import dev.auspex.report.Block.Mood;
import dev.auspex.report.Chart.Curve;
import dev.auspex.report.Chart.Look;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The forecast and what came of it: headline, picture, laws, back-tests, ladder.
final class ForecastSections {
  private final Optional<Source> forecast;
  private final Optional<Source> result;
  private final Optional<Source> score;
  private final Optional<Source> ladder;

  ForecastSections(Evidence evidence) {
    forecast = evidence.json("forecast.json");
    result = evidence.json("result.json");
    score = evidence.json("score.json");
    ladder = evidence.lines("ladder.jsonl");
  }

  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("", headline()));
    forecast.ifPresent(
        entry -> {
          sections.add(new Section("Forecast", forecastBlocks(entry)));
          sections.add(new Section("Laws and back-tests", laws(entry)));
        });
    ladder.ifPresent(runs -> sections.add(new Section("Ladder", ladder(runs))));
    return sections;
  }

  /// The final run's parameters, tokens, speed and the like.
  Optional<Source> result() {
    return result;
  }

  private List<Block> headline() {
    List<Figure> figures = new ArrayList<>();
    forecast.ifPresent(entry -> addForecast(figures, entry));
    String metric = metric();
    double actual = result.map(r -> r.number("outcome", "/" + metric)).orElse(Double.NaN);
    if (!Double.isNaN(actual)) {
      figures.add(new Figure(Format.loss(actual), words(metric) + ", outcome", Mood.NEUTRAL));
    }
    List<Block> blocks = new ArrayList<>();
    if (forecast.isPresent() && !Double.isNaN(actual)) {
      addVerdict(figures, forecast.get(), actual);
    }
    if (!figures.isEmpty()) {
      blocks.add(new Block.Figures(figures));
    }
    blocks.add(new Block.Paragraph(sentence(metric, actual)));
    return blocks;
  }

  private static void addForecast(List<Figure> figures, Source entry) {
    figures.add(
        new Figure(
            Format.loss(entry.number("prediction", "/predicted")),
            words(entry.text("/metric")) + ", predicted",
            Mood.NEUTRAL));
    figures.add(
        new Figure(
            Format.loss(entry.number("lower end of the interval", "/low"))
                + " – "
                + Format.loss(entry.number("upper end of the interval", "/high")),
            level(entry) + " interval",
            Mood.NEUTRAL));
  }

  private static void addVerdict(List<Figure> figures, Source entry, double actual) {
    double predicted = entry.root().at("/predicted").doubleValue();
    boolean inside =
        entry.root().at("/low").doubleValue() <= actual
            && actual <= entry.root().at("/high").doubleValue();
    figures.add(
        new Figure(
            Format.signedPercent(predicted / actual - 1),
            inside ? "error, inside the interval" : "error, OUTSIDE the interval",
            inside ? Mood.GOOD : Mood.BAD));
  }

  private String sentence(String metric, double actual) {
    if (forecast.isEmpty()) {
      return "No forecast was sealed for this run.";
    }
    Source entry = forecast.get();
    double ratio = entry.root().at("/compute_ratio").doubleValue();
    StringBuilder text = new StringBuilder();
    text.append("The forecast of ").append(words(metric)).append(" was sealed at ");
    text.append(entry.text("/time")).append(", from runs of at most 1/");
    text.append(ratio < 10 ? Format.number(ratio) : Format.count(ratio))
        .append(" of this run's compute. ");
    if (Double.isNaN(actual)) {
      text.append("The run has not ended, so there is no outcome yet.");
    } else if (score.isEmpty()) {
      text.append("The seal has not been checked here: run auspex scale score.");
    } else {
      text.append(
          score.get().root().at("/seal_valid").asBoolean(false)
              ? "The seal was checked and holds."
              : "The seal was checked and does NOT hold.");
    }
    return text.toString();
  }

  private List<Block> forecastBlocks(Source entry) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Block.Picture(
            "forecast",
            "Ladder, blended law with its %s band, sealed prediction, and outcome; both axes are"
                    .formatted(level(entry))
                + " logarithmic.",
            chart(entry)));
    List<String> notes = new ArrayList<>();
    entry.root().at("/diagnostics/warnings").forEach(line -> notes.add(line.asString("")));
    if (!notes.isEmpty()) {
      blocks.add(new Block.Paragraph("The forecast itself said beforehand:"));
      blocks.add(new Block.Notes(notes));
    }
    blocks.add(
        new Block.Table(
            List.of("", "value"),
            List.of(
                List.of("sealed", entry.text("/time")),
                List.of("seal", entry.text("/seal")),
                List.of("previous seal", entry.text("/previous")),
                List.of("configuration SHA-256", entry.text("/config_sha256")),
                List.of("code", entry.text("/code_version")),
                List.of("assumptions", entry.text("/assumptions/name")),
                List.of(
                    "compute of the target",
                    Format.flops(entry.number("compute of the target", "/target/flops"))),
                List.of(
                    "over the largest run forecast from",
                    Format.ratio(entry.number("compute ratio", "/compute_ratio"))))));
    return blocks;
  }

  private Chart chart(Source entry) {
    List<double[]> low = entry.pairs("/curve", "flops", "low");
    List<double[]> band = new ArrayList<>(low);
    band.addAll(entry.pairs("/curve", "flops", "high").reversed());
    double flops = entry.root().at("/target/flops").doubleValue();
    List<Curve> curves = new ArrayList<>();
    if (!band.isEmpty()) {
      curves.add(new Curve(level(entry) + " band", Look.BAND, band));
    }
    curves.add(new Curve("law", Look.LINE, entry.pairs("/curve", "flops", "predicted")));
    curves.add(
        new Curve(
            "sealed interval",
            Look.RULE,
            List.of(
                new double[] {flops, entry.root().at("/low").doubleValue()},
                new double[] {flops, entry.root().at("/high").doubleValue()})));
    curves.add(new Curve("ladder", Look.DOTS, entry.pairs("/ladder", "flops", "loss")));
    curves.add(
        new Curve(
            "sealed prediction",
            Look.TARGET,
            List.of(new double[] {flops, entry.root().at("/predicted").doubleValue()})));
    result
        .map(source -> source.root().path(metric()))
        .filter(JsonNode::isNumber)
        .ifPresent(
            actual ->
                curves.add(
                    new Curve(
                        "outcome",
                        Look.OUTCOME,
                        List.of(new double[] {flops, actual.doubleValue()}))));
    return new Chart("training compute (FLOPs)", words(metric()), true, true, curves);
  }

  private static List<Block> laws(Source entry) {
    boolean tested = entry.size("/backtest") > 0;
    List<List<String>> laws = new ArrayList<>();
    for (int i = 0; i < entry.size("/laws"); i++) {
      laws.add(law(entry, "/laws/" + i, tested));
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Block.Paragraph(
            "Each form was fitted to the whole ladder and weighted by its fit and by its back-tests:"
                + " forecasts of the ladder's larger runs from its smaller ones."));
    blocks.add(
        new Block.Table(
            List.of("law", "fitted", "weight", "predicts", "residual", "back-test error"), laws));
    if (tested) {
      blocks.add(backtests(entry));
    } else {
      blocks.add(
          new Block.Paragraph(
              "The ladder is too short for back-tests: the choice of form rests on fit and prior."));
    }
    return blocks;
  }

  private static List<String> law(Source entry, String at, boolean tested) {
    String form = entry.text(at + "/form");
    double error =
        tested ? entry.number(form + " back-test error", at + "/backtest_error") : Double.NaN;
    return List.of(
        form,
        parameters(entry, form, at + "/parameters"),
        Format.percent(entry.number(form + " weight", at + "/weight")),
        Format.loss(entry.number(form + " prediction", at + "/predicted")),
        Format.percent(entry.number(form + " residual", at + "/residual")),
        Format.percent(error));
  }

  private static Block backtests(Source entry) {
    List<List<String>> tests = new ArrayList<>();
    for (int i = 0; i < entry.size("/backtest"); i++) {
      tests.add(backtest(entry, i));
    }
    return new Block.Table(
        List.of("runs used", "forecast", "ratio", "predicted", "low", "high", "came", "error"),
        tests);
  }

  private static List<String> backtest(Source entry, int i) {
    String at = "/backtest/" + i;
    String claim = "back-test " + i + " ";
    return List.of(
        Format.count(entry.number(claim + "runs used", at + "/runs")),
        entry.text(at + "/run"),
        Format.ratio(entry.number(claim + "ratio", at + "/compute_ratio")),
        Format.loss(entry.number(claim + "prediction", at + "/predicted")),
        Format.loss(entry.number(claim + "low", at + "/low")),
        Format.loss(entry.number(claim + "high", at + "/high")),
        Format.loss(entry.number(claim + "outcome", at + "/actual")),
        Format.signedPercent(entry.number(claim + "error", at + "/relative_error")));
  }

  private static String parameters(Source entry, String form, String at) {
    List<String> parts = new ArrayList<>();
    for (String name : entry.root().at(at).propertyNames()) {
      double value = entry.number(form + " " + name, at + "/" + name);
      parts.add(name + " = " + Format.number(value));
    }
    return String.join(", ", parts);
  }

  private static List<Block> ladder(Source runs) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < runs.size(""); i++) {
      String at = "/" + i;
      String name = runs.text(at + "/name");
      rows.add(
          List.of(
              name,
              Format.flops(runs.number(name + " compute", at + "/flops")),
              Format.count(runs.number(name + " parameters", at + "/parameters")),
              Format.count(runs.number(name + " tokens", at + "/tokens")),
              Format.loss(runs.number(name + " loss", at + "/loss")),
              runs.text(at + "/seed")));
    }
    return List.of(
        new Block.Table(List.of("run", "FLOPs", "parameters", "tokens", "loss", "seed"), rows));
  }

  private String metric() {
    return forecast
        .map(entry -> entry.text("/metric"))
        .filter(m -> !m.isEmpty())
        .orElse("heldout_bpb");
  }

  private static String level(Source entry) {
    return Math.round(100 * entry.root().at("/level").asDouble(0.9)) + "%";
  }

  private static String words(String metric) {
    return switch (metric) {
      case "heldout_bpb" -> "held-out bits per byte";
      case "heldout_loss" -> "held-out loss";
      default -> metric.replace('_', ' ');
    };
  }
}
