package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class TaskForecastTest {
  private static TableFit fit(List<RunRecord> runs) {
    return TableFit.of(runs, List.of(TaskLadders.target()), Assumptions.general(), 0.9);
  }

  private static TableFit.Prediction prediction(TableFit fit, String metric) {
    return fit.predictions().stream()
        .filter(p -> p.metric().equals(metric))
        .findFirst()
        .orElseThrow();
  }

  private static List<RunRecord> only(List<RunRecord> runs, Predicate<String> wanted) {
    return runs.stream()
        .map(
            run ->
                new RunRecord(
                    run.name(),
                    run.point(),
                    run.seed(),
                    kept(run.metrics(), wanted),
                    run.trace().stream().map(row -> kept(row, wanted)).toList()))
        .toList();
  }

  private static Map<String, Double> kept(Map<String, Double> metrics, Predicate<String> wanted) {
    Map<String, Double> kept = new LinkedHashMap<>(metrics);
    kept.keySet().removeIf(wanted.negate());
    return kept;
  }

  @Test
  void aTaskOfTwoStepsIsForecastFarBeyondTheLadder() {
    TableFit fit = fit(TaskLadders.runs(0.004));
    TableFit.Prediction quiz = prediction(fit, "quiz");
    assertEquals(TableFit.Kind.ACCURACY, quiz.kind());
    assertTrue(quiz.computeRatio() > 20, quiz.toString());
    assertTrue(quiz.absoluteError() < 0.03 && quiz.inside(), quiz.toString());
    assertTrue(Math.abs(prediction(fit, "bpb:quiz").relativeError()) < 0.03);
    TableFit.Summary summary = fit.summary().getFirst();
    assertEquals(2, summary.tasks());
    assertEquals(2, summary.losses());
    assertEquals(1, summary.forecastableTasks());
    assertTrue(summary.meanChinchillaError() < 0.02, summary.toString());
  }

  @Test
  void aCoinIsToldToBeNearChance() {
    TableFit fit = fit(TaskLadders.runs(0.004));
    TaskOutlook quiz = fit.tasks().getLast();
    TaskOutlook coin = fit.tasks().getFirst();
    assertEquals(List.of("quiz", "coin"), List.of(quiz.task(), coin.task()));
    assertTrue(coin.nearChance() && !coin.forecastable(), coin.toString());
    assertTrue(quiz.forecastable() && quiz.forecastability() > 0.8, quiz.toString());
    assertTrue(
        fit.warnings().stream().anyMatch(w -> w.startsWith("coin: ") && w.contains("chance")));
    TableFit.Prediction forecast = prediction(fit, "coin");
    assertTrue(forecast.low() <= 0.5 && 0.5 <= forecast.high(), forecast.toString());
  }

  @Test
  void theOutcomeOfATargetChangesNoPrediction() {
    List<RunRecord> runs = TaskLadders.runs(0.01);
    RunRecord target = TaskLadders.target();
    Map<String, Double> other = new LinkedHashMap<>(target.metrics());
    other.replaceAll((metric, value) -> value / 2);
    RunRecord lied = new RunRecord("big", target.point(), 0, other, List.of());
    TableFit honest = fit(runs);
    TableFit fooled = TableFit.of(runs, List.of(lied), Assumptions.general(), 0.9);
    for (int i = 0; i < honest.predictions().size(); i++) {
      assertEquals(
          honest.predictions().get(i).predicted(), fooled.predictions().get(i).predicted());
      assertEquals(honest.predictions().get(i).high(), fooled.predictions().get(i).high());
    }
  }

  @Test
  void aTaskWithoutLossOrSizesIsForecastDirectly() {
    List<RunRecord> bare = new ArrayList<>();
    for (RunRecord run : only(TaskLadders.runs(0.004), "accuracy:quiz"::equals)) {
      bare.add(
          new RunRecord(
              run.name(), new Target(run.point().flops(), 0, 0), 0, run.metrics(), List.of()));
    }
    TableFit fit = fit(bare);
    assertEquals(
        List.of("compute_hill", "log_accuracy"),
        fit.laws().stream().map(TableFit.MetricLaw::form).sorted().toList());
    TableFit.Prediction quiz = prediction(fit, "quiz");
    assertTrue(quiz.inside(), quiz.toString());
  }

  @Test
  void textsStandInForAMissingTaskLoss() {
    TableFit fit = fit(only(TaskLadders.runs(0.004), metric -> !metric.startsWith("bpb:")));
    assertTrue(fit.laws().stream().anyMatch(law -> law.form().equals("chinchilla+hill")));
    assertFalse(fit.laws().stream().anyMatch(law -> law.form().startsWith("text_loss+")));
    TableFit.Prediction quiz = prediction(fit, "quiz");
    assertTrue(quiz.absoluteError() < 0.04, quiz.toString());
  }

  @Test
  void parametersAreReadOffTheLadderWhereOnlyComputeATokenIsKnown() {
    RunRecord target = TaskLadders.target();
    RunRecord unsized =
        new RunRecord(
            "big",
            new Target(target.point().flops(), 0, target.point().tokens()),
            0,
            target.metrics(),
            List.of());
    List<RunRecord> runs = TaskLadders.runs(0.004);
    TableFit filled = TableFit.of(runs, List.of(unsized), Assumptions.general(), 0.9);
    assertEquals(
        prediction(fit(runs), "quiz").predicted(), prediction(filled, "quiz").predicted(), 1e-6);
    assertTrue(filled.warnings().getFirst().startsWith("big: parameters not given; 7.00e+09"));
  }

  @Test
  void aMetricThatCannotBeFittedDoesNotStopTheOthers() {
    List<RunRecord> runs = new ArrayList<>();
    for (RunRecord run : only(TaskLadders.runs(0.004), metric -> !metric.equals("books"))) {
      Map<String, Double> metrics = new LinkedHashMap<>(run.metrics());
      metrics.put("rising", 1 + 1e-10 * run.point().parameters());
      runs.add(new RunRecord(run.name(), run.point(), 0, metrics, run.trace()));
    }
    TableFit fit = fit(runs);
    assertTrue(prediction(fit, "quiz").absoluteError() < 0.04);
    assertTrue(
        fit.warnings().stream().anyMatch(w -> w.startsWith("rising: not forecast: ladder")),
        fit.warnings().toString());
  }

  @Test
  void whatCannotBeFittedIsSaid() {
    List<RunRecord> runs = TaskLadders.runs(0.01);
    assertTrue(
        String.valueOf(
                assertThrows(
                        ScalingException.class,
                        () -> fit(only(runs.subList(0, 2), "accuracy:quiz"::equals)))
                    .getMessage())
            .contains("accuracy:quiz (2 runs, 2 different amounts of compute)"));
    assertTrue(
        String.valueOf(
                assertThrows(
                        ScalingException.class,
                        () ->
                            TableFit.of(
                                runs,
                                List.of(),
                                Assumptions.general(),
                                0.9,
                                Map.of("quizz", 0.25),
                                Progress.NONE))
                    .getMessage())
            .contains("chance (quizz) must name a task"));
  }
}
