package dev.auspex.report;

import dev.auspex.report.Chart.Curve;
import dev.auspex.report.Chart.Look;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The run itself: training, data, samples, settings, environment, limits.
final class RunSections {
  private static final int MOST_POINTS = 300;
  private static final int MOST_SAMPLES = 12;

  private final Evidence evidence;
  private final Optional<Source> result;

  RunSections(Evidence evidence, Optional<Source> result) {
    this.evidence = evidence;
    this.result = result;
  }

  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    evidence
        .lines("metrics.jsonl")
        .ifPresent(metrics -> sections.add(new Section("Training", training(metrics))));
    evidence
        .jsonAny("ledger.json", "data/ledger.json")
        .ifPresent(ledger -> sections.add(new Section("Data", data(ledger))));
    evidence
        .lines("samples.jsonl")
        .ifPresent(samples -> sections.add(new Section("Samples", samples(samples))));
    evidence
        .text("config.yaml")
        .ifPresent(
            text -> sections.add(new Section("Settings", List.of(new Block.Verbatim(text)))));
    evidence
        .json("manifest.json")
        .ifPresent(
            manifest -> sections.add(new Section("Environment", List.of(environment(manifest)))));
    sections.add(new Section("Limits", limits()));
    return sections;
  }

  private List<Block> training(Source metrics) {
    List<Block> blocks = new ArrayList<>();
    List<Curve> losses =
        List.of(
            new Curve("training", Look.FAINT_LINE, thinned(metrics.pairs("", "step", "loss"))),
            new Curve("held-out", Look.LINE, thinned(metrics.pairs("", "step", "heldout_loss"))));
    if (losses.stream().anyMatch(curve -> curve.points().size() > 1)) {
      blocks.add(
          new Block.Picture(
              "loss",
              "Loss in nats per token by step; training loss is averaged over neighbouring steps.",
              new Chart("step", "nats per token", false, false, losses)));
    }
    List<double[]> bits = metrics.pairs("", "step", "heldout_bpb");
    if (bits.size() > 2) {
      blocks.add(
          new Block.Picture(
              "bits-per-byte",
              "Held-out bits per byte by step.",
              new Chart(
                  "step",
                  "bits per byte",
                  false,
                  false,
                  List.of(new Curve("held-out", Look.LINE, thinned(bits))))));
    }
    result.ifPresent(source -> blocks.add(pairs(source)));
    return blocks;
  }

  /// Means over equal stretches, so that a long run draws no more than a few hundred points.
  static List<double[]> thinned(List<double[]> points) {
    int stretch = Math.max(1, Math.ceilDiv(points.size(), MOST_POINTS));
    List<double[]> thin = new ArrayList<>();
    for (int start = 0; start < points.size(); start += stretch) {
      List<double[]> part = points.subList(start, Math.min(points.size(), start + stretch));
      double x = part.stream().mapToDouble(point -> point[0]).average().orElseThrow();
      double y = part.stream().mapToDouble(point -> point[1]).average().orElseThrow();
      thin.add(new double[] {x, y});
    }
    return thin;
  }

  private static List<Block> data(Source ledger) {
    List<List<String>> rows = new ArrayList<>();
    List<String> dropped = new ArrayList<>();
    for (int i = 0; i < ledger.size("/sources"); i++) {
      String at = "/sources/" + i;
      String name = ledger.text(at + "/name");
      rows.add(
          List.of(
              name,
              ledger.text(at + "/licence"),
              Format.count(ledger.number(name + " documents", at + "/documents")),
              Format.count(ledger.number(name + " bytes", at + "/bytes")),
              Format.count(ledger.number(name + " tokens", at + "/tokens")),
              Format.hash(ledger.text(at + "/sha256"))));
      for (Map.Entry<String, JsonNode> drop : ledger.root().at(at + "/dropped").properties()) {
        String place = at + "/dropped/" + drop.getKey().replace("~", "~0").replace("/", "~1");
        String claim = name + " dropped as " + drop.getKey();
        double count = ledger.number(claim, drop.getValue().isNumber() ? place : place + "/count");
        dropped.add(
            "%s: %s documents dropped (%s)"
                .formatted(name, Format.count(count), drop.getKey().replace('_', ' ')));
      }
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Block.Table(
            List.of("source", "licence", "documents", "bytes", "tokens", "SHA-256"), rows));
    if (!dropped.isEmpty()) {
      blocks.add(new Block.Notes(dropped));
    }
    return blocks;
  }

  private static List<Block> samples(Source samples) {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < Math.min(MOST_SAMPLES, samples.size("")); i++) {
      String at = "/" + i;
      double temperature = samples.number("temperature of sample " + i, at + "/temperature");
      blocks.add(
          new Block.Sample(
              samples.text(at + "/prompt"),
              samples.text(at + "/text"),
              Double.isNaN(temperature)
                  ? "prompt in grey"
                  : "prompt in grey; temperature " + Format.number(temperature)));
    }
    return blocks;
  }

  private static Block environment(Source manifest) {
    List<List<String>> rows = new ArrayList<>();
    flatten("", manifest.root(), rows);
    return new Block.Table(List.of("", "value"), rows);
  }

  private static void flatten(String prefix, JsonNode node, List<List<String>> rows) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String name = prefix + entry.getKey().replace('_', ' ');
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        flatten(name + " · ", value, rows);
      } else {
        rows.add(List.of(name, value.isString() ? value.stringValue() : value.toString()));
      }
    }
  }

  private static Block pairs(Source source) {
    List<List<String>> rows = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : source.root().properties()) {
      String name = entry.getKey().replace('_', ' ');
      if (entry.getValue().isNumber()) {
        rows.add(List.of(name, number(source.number(name, "/" + entry.getKey()))));
      } else {
        rows.add(List.of(name, entry.getValue().asString("")));
      }
    }
    return new Block.Table(List.of("", "value"), rows);
  }

  private static String number(double value) {
    if (value >= 1e10) {
      return Format.flops(value);
    }
    if (value == Math.rint(value)) {
      return Format.count(value);
    }
    return value >= 100 ? Format.tenths(value) : Format.loss(value);
  }

  private List<Block> limits() {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Block.Paragraph(
            "This report says what was measured in this run folder and nothing more. The forecast"
                + " concerns loss on held-out text of the same kind as the training text; it says"
                + " nothing about other text, about usefulness, truth or safety. The model continues"
                + " text: unless the settings above say so, it was neither aligned with feedback nor"
                + " examined for harm, and its output should not be relied on."));
    if (!evidence.missing().isEmpty()) {
      blocks.add(new Block.Paragraph("Missing from the run folder, and so from this report:"));
      blocks.add(new Block.Notes(List.copyOf(evidence.missing())));
    }
    blocks.add(
        new Block.Paragraph(
            "evidence.json beside this page names, for each number, the file it was read from, the"
                + " place in it and the file's SHA-256; auspex report verify checks them again."));
    return blocks;
  }
}
