package dev.auspex.serve;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What Prometheus may collect of a run: the newest numbers, one family each.
final class RunMetrics {
  private record Family(String pointer, String name, String type, String help) {}

  private static final List<Family> FAMILIES =
      List.of(
          gauge("/steps", "steps_planned", "Optimiser steps of the whole run."),
          counter("/last_step/step", "steps_total", "Optimiser steps done."),
          counter("/last_step/tokens", "tokens_total", "Tokens trained on."),
          counter("/last_step/flops", "flops_total", "FLOPs spent."),
          counter("/last_step/seconds", "seconds_total", "Seconds spent in steps."),
          gauge("/last_step/loss", "loss_nats", "Loss of the last batch, nats per token."),
          gauge("/last_step/grad_norm", "grad_norm", "Joint gradient norm before clipping."),
          gauge("/last_step/learning_rate", "learning_rate", "Rate of the hidden matrices."),
          gauge("/last_step/tokens_per_second", "tokens_per_second", "Speed of the last step."),
          gauge("/last_step/matmul_share", "matmul_share", "FLOP/s over the matmul rate here."),
          gauge(
              "/last_step/gradient_wait_seconds",
              "gradient_wait_seconds",
              "Wait for other workers' gradients in the last step."),
          gauge("/last_step/resident_bytes", "resident_bytes", "Memory of the process."),
          gauge("/last_step/peak_bytes", "peak_bytes", "The most memory it ever held."),
          gauge("/last_step/seconds_left", "seconds_left", "Estimated time to the last step."),
          gauge("/last_heldout/heldout_loss", "heldout_loss_nats", "Held-out nats per token."),
          gauge("/last_heldout/heldout_bpb", "heldout_bits_per_byte", "Held-out bits per byte."),
          gauge("/forecast/predicted", "forecast_predicted", "The sealed forecast's median."),
          gauge("/forecast/low", "forecast_low", "Lower end of its interval."),
          gauge("/forecast/high", "forecast_high", "Upper end of its interval."));

  private RunMetrics() {}

  private static Family gauge(String pointer, String name, String help) {
    return new Family(pointer, "auspex_train_" + name, "gauge", help);
  }

  private static Family counter(String pointer, String name, String help) {
    return new Family(pointer, "auspex_train_" + name, "counter", help);
  }

  /// @param summaries runs as {@link Run#summary} tells them
  static String text(List<ObjectNode> summaries) {
    PrometheusText text = new PrometheusText();
    for (Family family : FAMILIES) {
      List<ObjectNode> known =
          summaries.stream().filter(run -> run.at(family.pointer()).isNumber()).toList();
      if (!known.isEmpty()) {
        text.family(family.name(), family.type(), family.help());
        known.forEach(run -> text.sample(labels(run), run.at(family.pointer()).doubleValue()));
      }
    }
    gradNorms(summaries, text);
    states(summaries, text);
    return text.toString();
  }

  private static void gradNorms(List<ObjectNode> summaries, PrometheusText text) {
    String pointer = "/last_step/grad_norms";
    List<ObjectNode> known = summaries.stream().filter(run -> run.at(pointer).isObject()).toList();
    if (known.isEmpty()) {
      return;
    }
    text.family("auspex_train_part_grad_norm", "gauge", "Gradient norm by part of the model.");
    for (ObjectNode run : known) {
      for (Map.Entry<String, JsonNode> part : run.at(pointer).properties()) {
        Map<String, String> labels = Map.of("run", name(run), "part", part.getKey());
        text.sample(labels, part.getValue().doubleValue());
      }
    }
  }

  private static void states(List<ObjectNode> summaries, PrometheusText text) {
    if (!summaries.isEmpty()) {
      text.family("auspex_train_state", "gauge", "1 for the state the run is in.");
    }
    for (ObjectNode run : summaries) {
      text.sample(Map.of("run", name(run), "state", run.path("state").asString()), 1);
    }
  }

  private static Map<String, String> labels(ObjectNode run) {
    return Map.of("run", name(run));
  }

  private static String name(ObjectNode run) {
    return run.path("name").asString();
  }
}
