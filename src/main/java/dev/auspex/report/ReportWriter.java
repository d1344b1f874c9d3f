package dev.auspex.report;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Writes the report of a run folder: `index.html`, readable without a network, and `evidence.json`
/// with the hash of every file it was made from. What is missing is named, never invented.
public final class ReportWriter {
  private static final String STYLE =
      """
      <style>
      :root { color-scheme: light dark; }
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.8rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      td, th { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid #8883; }
      td:first-child, th:first-child { text-align: left; }
      pre { background: #8881; padding: .8rem; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; }
      img { max-width: 100%; border-radius: 6px; } .headline { font-size: 1.25rem; }
      </style>
      """;

  private final Evidence evidence;
  private final Html html = new Html();

  private ReportWriter(Evidence evidence) {
    this.evidence = evidence;
  }

  /// What was written.
  ///
  /// @param page the page to open
  /// @param files all files
  /// @param missing evidence that was not there
  public record Written(Path page, List<String> files, List<String> missing) {}

  /// Writes the report of `run` into `out`.
  public static Written write(Path run, Path out) {
    ReportWriter writer = new ReportWriter(new Evidence(run));
    String page = writer.page(run.toAbsolutePath().getFileName().toString());
    Path index = out.resolve("index.html");
    AtomicFiles.writeString(index, page);
    Path list = out.resolve("evidence.json");
    Json.write(list, Map.of("files", writer.evidence.hashes()));
    return new Written(
        index, List.of(index.toString(), list.toString()), writer.evidence.missing());
  }

  /// Compares the evidence of a report with the files as they are now.
  /// @return names of files that differ or are gone
  public static List<String> verify(Path run, Path out) {
    List<String> different = new ArrayList<>();
    JsonNode files = Json.readTree(out.resolve("evidence.json")).path("files");
    for (Map.Entry<String, JsonNode> entry : files.properties()) {
      Path file = run.resolve(entry.getKey());
      if (!Files.isRegularFile(file) || !Hashes.sha256(file).equals(entry.getValue().asString())) {
        different.add(entry.getKey());
      }
    }
    return different;
  }

  private String page(String name) {
    html.raw("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width\">");
    html.raw("<title>" + Html.escape(name) + " - Auspex report</title>" + STYLE + "</head><body>");
    html.raw("<h1>" + Html.escape(name) + "</h1>");
    forecast();
    training();
    data();
    samples();
    settings();
    limits();
    return html.raw("</body></html>").toString();
  }

  private void forecast() {
    if (!evidence.has("forecast.json") || !evidence.has("ladder.jsonl")) {
      return;
    }
    JsonNode forecast = evidence.json("forecast.json");
    double actual =
        evidence.has("result.json")
            ? evidence.json("result.json").path("heldout_bpb").asDouble(Double.NaN)
            : Double.NaN;
    double predicted = forecast.path("predicted").asDouble();
    double low = forecast.path("low").asDouble();
    double high = forecast.path("high").asDouble();
    String outcome =
        Double.isNaN(actual)
            ? "The run has not finished."
            : format(
                "It came to <b>%.4f</b>: error %+.2f%%, %s the interval.",
                actual,
                100 * (predicted / actual - 1),
                actual >= low && actual <= high ? "inside" : "<b>outside</b>");
    html.raw(
        format(
            "<p class=\"headline\">Predicted <b>%.4f</b> bits per byte (%.4f to %.4f) before the"
                + " run began. %s</p>",
            predicted, low, high, outcome));
    html.heading("Forecast");
    List<JsonNode> ladder = evidence.lines("ladder.jsonl");
    image("ladder, laws, sealed interval and outcome", Plots.forecast(ladder, forecast, actual));
    html.paragraph(
        format(
            "Sealed %s, seal %s. The target has %.1f times the compute of the ladder's largest run.",
            forecast.path("time").asString(),
            forecast.path("seal").asString(),
            forecast.path("compute_ratio").asDouble()));
    forecast
        .path("diagnostics")
        .path("warnings")
        .forEach(warning -> html.paragraph("Note: " + warning.asString()));
    html.raw("<table>").row(true, "run", "FLOPs", "parameters", "tokens", "bits per byte");
    for (JsonNode run : ladder) {
      html.row(
          false,
          run.path("name").asString(),
          format("%.3g", run.path("flops").asDouble()),
          format("%,.0f", run.path("parameters").asDouble()),
          format("%,.0f", run.path("tokens").asDouble()),
          format("%.4f", run.path("loss").asDouble()));
    }
    html.raw("</table>");
    backtests(forecast);
  }

  private void backtests(JsonNode forecast) {
    html.raw("<h3>Laws</h3><table>").row(true, "form", "weight", "predicts", "from", "to");
    for (JsonNode law : forecast.path("laws")) {
      html.row(
          false,
          law.path("form").asString(),
          format("%.2f", law.path("weight").asDouble()),
          format("%.4f", law.path("predicted").asDouble()),
          format("%.4f", law.path("low").asDouble()),
          format("%.4f", law.path("high").asDouble()));
    }
    html.raw("</table><h3>Back-tests inside the ladder</h3><table>");
    html.row(true, "run forecast", "from runs", "beyond them by", "predicted", "came", "error");
    for (JsonNode test : forecast.path("backtest")) {
      html.row(
          false,
          test.path("run").asString(),
          test.path("runs").asInt(),
          format("%.1fx", test.path("compute_ratio").asDouble()),
          format("%.4f", test.path("predicted").asDouble()),
          format("%.4f", test.path("actual").asDouble()),
          format("%+.2f%%", 100 * test.path("relative_error").asDouble()));
    }
    html.raw("</table>");
  }

  private void training() {
    if (!evidence.has("metrics.jsonl")) {
      return;
    }
    html.heading("Training");
    image("training and held-out loss", Plots.losses(evidence.lines("metrics.jsonl")));
    if (evidence.has("result.json")) {
      html.raw("<table>");
      pairs(evidence.json("result.json"));
      html.raw("</table>");
    }
  }

  private void data() {
    if (!evidence.has("data/ledger.json")) {
      return;
    }
    html.heading("Data");
    html.raw("<table>").row(true, "source", "licence", "documents", "bytes", "tokens", "dropped");
    for (JsonNode source : evidence.json("data/ledger.json").path("sources")) {
      Map<String, Long> dropped = new LinkedHashMap<>();
      source
          .path("dropped")
          .properties()
          .forEach(entry -> dropped.put(entry.getKey(), entry.getValue().path("count").asLong()));
      html.row(
          false,
          source.path("name").asString(),
          source.path("licence").asString(),
          format("%,d", source.path("documents").asLong()),
          format("%,d", source.path("bytes").asLong()),
          format("%,d", source.path("tokens").asLong()),
          dropped);
    }
    html.raw("</table>");
  }

  private void samples() {
    if (!evidence.has("samples.jsonl")) {
      return;
    }
    html.heading("Samples");
    html.paragraph("Beginnings of held-out text, continued by the model; not chosen by hand.");
    for (JsonNode sample : evidence.lines("samples.jsonl")) {
      html.raw(
          "<pre><b>"
              + Html.escape(sample.path("prompt").asString())
              + "</b>"
              + Html.escape(sample.path("text").asString())
              + "</pre>");
    }
  }

  private void settings() {
    if (evidence.has("config.yaml")) {
      html.heading("Settings").code(evidence.text("config.yaml"));
    }
    if (evidence.has("manifest.json")) {
      html.heading("Environment").raw("<table>");
      pairs(evidence.json("manifest.json"));
      html.raw("</table>");
    }
  }

  private void limits() {
    html.heading("Limits");
    html.paragraph(
        "A small model trained for minutes on one kind of text: it completes such text and knows"
            + " nothing else. It was neither aligned nor examined for safety. The forecast speaks of"
            + " the loss on held-out text of the same kind only.");
    if (!evidence.missing().isEmpty()) {
      html.paragraph("Not in this folder, so not reported: " + evidence.missing());
    }
  }

  private void pairs(JsonNode object) {
    object
        .properties()
        .forEach(
            entry ->
                html.row(
                    false,
                    entry.getKey(),
                    entry.getValue().isString() ? entry.getValue().asString() : entry.getValue()));
  }

  private void image(String words, String uri) {
    html.raw("<img alt=\"" + Html.escape(words) + "\" src=\"" + uri + "\">");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
