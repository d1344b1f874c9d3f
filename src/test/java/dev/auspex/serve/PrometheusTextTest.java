package dev.auspex.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.io.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class PrometheusTextTest {
  @Test
  void namesAndValuesAreEscapedAsTheFormatSays() {
    PrometheusText text =
        new PrometheusText()
            .family("a_total", "counter", "Back\\slash and\nline.")
            .sample(Map.of("run", "say \"hi\"\\\n", "b", "x"), 12_345_678_901L)
            .family("c", "gauge", "Numbers.")
            .sample(Map.of(), 1.5e-7)
            .sample(Map.of("n", "1"), Double.NaN)
            .sample(Map.of("n", "2"), Double.NEGATIVE_INFINITY);
    assertEquals(
        """
        # HELP a_total Back\\\\slash and\\nline.
        # TYPE a_total counter
        a_total{b="x",run="say \\"hi\\"\\\\\\n"} 12345678901
        # HELP c Numbers.
        # TYPE c gauge
        c 1.5E-7
        c{n="1"} NaN
        c{n="2"} -Inf
        """,
        text.toString());
  }

  @Test
  void aFamilyHasTheSamplesOfAllRunsAndIsLeftOutWhereThereAreNone() {
    ObjectNode first = run("a", "{'step':3,'loss':1.25,'grad_norms':{'mlp':0.5}}");
    ObjectNode second = run("b", "{'step':4}");
    assertEquals(
        """
        # HELP auspex_train_steps_total Optimiser steps done.
        # TYPE auspex_train_steps_total counter
        auspex_train_steps_total{run="a"} 3
        auspex_train_steps_total{run="b"} 4
        # HELP auspex_train_loss_nats Loss of the last batch, nats per token.
        # TYPE auspex_train_loss_nats gauge
        auspex_train_loss_nats{run="a"} 1.25
        # HELP auspex_train_part_grad_norm Gradient norm by part of the model.
        # TYPE auspex_train_part_grad_norm gauge
        auspex_train_part_grad_norm{part="mlp",run="a"} 0.5
        # HELP auspex_train_state 1 for the state the run is in.
        # TYPE auspex_train_state gauge
        auspex_train_state{run="a",state="training"} 1
        auspex_train_state{run="b",state="training"} 1
        """,
        RunMetrics.text(List.of(first, second)));
  }

  private static ObjectNode run(String name, String step) {
    ObjectNode run = Json.MAPPER.createObjectNode().put("name", name).put("state", "training");
    run.set("last_step", Json.MAPPER.readTree(step.replace('\'', '"')));
    return run;
  }
}
