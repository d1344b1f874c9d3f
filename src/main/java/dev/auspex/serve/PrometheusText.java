package dev.auspex.serve;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Numbers in Prometheus' text format, version 0.0.4: families with help, type and samples.
final class PrometheusText {
  /// The format's media type.
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder out = new StringBuilder();
  private String family = "";

  /// Begins a family.
  ///
  /// @param name such as `auspex_train_loss_nats`
  /// @param type `gauge` or `counter`
  /// @param help one sentence
  PrometheusText family(String name, String type, String help) {
    family = name;
    String escaped = help.replace("\\", "\\\\").replace("\n", "\\n");
    out.append("# HELP ").append(name).append(' ').append(escaped).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /// Adds a sample to the family begun last.
  PrometheusText sample(Map<String, String> labels, double value) {
    out.append(family);
    String separator = "{";
    for (Map.Entry<String, String> label : new TreeMap<>(labels).entrySet()) {
      out.append(separator).append(label.getKey()).append("=\"");
      out.append(escaped(label.getValue())).append('"');
      separator = ",";
    }
    out.append(labels.isEmpty() ? " " : "} ").append(number(value)).append('\n');
    return this;
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%d", (long) value)
        : Double.toString(value);
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
