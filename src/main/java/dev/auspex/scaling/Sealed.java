package dev.auspex.scaling;

import dev.auspex.io.Hashes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One entry of the register: a forecast, when it was made, from what, and its seal.
///
/// The entry is kept as the JSON it was written as, so keys added later stay part of the seal.
///
/// @param json the whole entry, seal included
public record Sealed(ObjectNode json) {
  /// The `previous` of a register's first entry.
  static final String GENESIS = "0".repeat(64);

  /// SHA-256 over the previous seal and this entry, as hex.
  public String seal() {
    return text("seal");
  }

  /// The seal of the entry before, 64 zeros at the first.
  public String previous() {
    return text("previous");
  }

  /// When the forecast was sealed.
  public Instant time() {
    try {
      return Instant.parse(text("time"));
    } catch (DateTimeParseException _) {
      throw new RegisterException(
          "time (%s) of seal %s must be an ISO-8601 instant; the entry was changed"
              .formatted(text("time"), seal()));
    }
  }

  /// The target's run folder, relative to the register's folder.
  public String run() {
    return text("run");
  }

  /// The folder inside the run's that the forecast lies in; empty for the main one.
  public String part() {
    return json.has("part") ? text("part") : "";
  }

  /// SHA-256 of the target's `config.yaml`.
  public String configHash() {
    return text("config_sha256");
  }

  /// SHA-256 of the files it was forecast from, by their paths relative to the register's folder.
  public Map<String, String> inputs() {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (JsonNode input : json.path("inputs")) {
      hashes.put(input.path("name").asString(""), input.path("sha256").asString(""));
    }
    return hashes;
  }

  /// The metric forecast, a key of `result.json`.
  public String metric() {
    return text("metric");
  }

  /// Prediction and interval.
  public Interval interval() {
    return new Interval(number("predicted"), number("low"), number("high"));
  }

  /// Time, seal, metric, prediction with its interval and distance, on one line.
  public String line() {
    Interval interval = interval();
    return String.format(
        Locale.ROOT,
        "%s %s: %s %.4f (%.4f to %.4f) at %.1fx",
        time(),
        seal(),
        metric(),
        interval.predicted(),
        interval.low(),
        interval.high(),
        computeRatio());
  }

  /// Target compute over that of the largest run forecast from.
  public double computeRatio() {
    return number("compute_ratio");
  }

  /// Probability the interval is meant to hold the outcome.
  public double level() {
    return number("level");
  }

  /// What a reader of the forecast must be told.
  public List<String> warnings() {
    return json.at("/diagnostics/warnings").valueStream().map(JsonNode::asString).toList();
  }

  /// The seal this content ought to have.
  String expectedSeal() {
    ObjectNode content = json.deepCopy();
    content.remove("seal");
    return Hashes.sha256(previous() + CanonicalJson.of(content));
  }

  private String text(String key) {
    JsonNode value = json.get(key);
    if (value == null || !value.isString()) {
      throw new RegisterException(
          "%s must be a string in a register entry; the entry was changed".formatted(key));
    }
    return value.stringValue();
  }

  private double number(String key) {
    JsonNode value = json.get(key);
    if (value == null || !value.isNumber()) {
      throw new RegisterException(
          "%s must be a number in a register entry; the entry was changed".formatted(key));
    }
    return value.doubleValue();
  }
}
