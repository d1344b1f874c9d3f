package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForecasterTest {
  private static final double LEVEL = 0.9;

  private static Forecast forecast(List<Observation> runs, Target target) {
    return new Forecaster(Assumptions.smallRuns()).forecast(runs, target, LEVEL);
  }

  private static double error(Forecast forecast, Observation run) {
    return forecast.predicted() / run.loss() - 1;
  }

  @Test
  void ninetyPercentIntervalsCoverNearNinetyPercentOfTwoHundredLadders() {
    long seed = 7;
    for (Assumptions assumptions : List.of(Assumptions.general(), Assumptions.smallRuns())) {
      for (double noise : new double[] {0.002, 0.004}) {
        Random random = new Random(seed);
        int inside = 0;
        for (int i = 0; i < 200; i++) {
          Ladders.Simulated s = Ladders.simulate(Ladders.drawLaw(i % 3, random), noise, random);
          Ensemble ensemble = Ensemble.of(s.runs(), assumptions.withSeedNoise(noise), s.target());
          inside += ensemble.interval(s.target(), LEVEL).contains(s.actual()) ? 1 : 0;
        }
        assertTrue(
            inside >= 170 && inside <= 190,
            "%s, noise %s, seed %d: %d of 200 inside"
                .formatted(assumptions.name(), noise, seed, inside));
      }
    }
  }

  @Test
  void measuredSteepeningLaddersAreForecastInsideTheInterval() {
    for (List<Observation> series : List.of(Ladders.BPE, Ladders.BYTES)) {
      for (int used = 3; used < series.size(); used++) {
        for (Observation run : series.subList(used, series.size())) {
          Forecast forecast = forecast(series.subList(0, used), run.point());
          assertTrue(
              forecast.low() <= run.loss() && run.loss() <= forecast.high(),
              "%d runs, %s: [%.3f, %.3f] against %.3f"
                  .formatted(used, run.name(), forecast.low(), forecast.high(), run.loss()));
        }
      }
    }
  }

  /// Three ladders from 1.7e11 FLOPs with their targets at 1,156 times, of which the form was
  /// chosen.
  @Test
  void laddersOfTextWithoutTheirSmallestRunAreStraight() {
    double[] flops = {1.6950e11, 3.5113e11, 6.1233e11, 7.0793e14};
    double[] novels = {2.26853, 2.17900, 2.11955, 1.46882};
    double[] java = {1.97144, 1.84548, 1.75522, 0.92454};
    double[] languages = {3.04352, 2.86923, 2.75641, 1.59270};
    for (double[] losses : List.of(novels, java, languages)) {
      List<Observation> all = Ladders.measured(flops, losses);
      Observation target = all.getLast();
      Forecast line =
          new Forecaster(Assumptions.named("text-line"))
              .forecast(all.subList(0, 3), target.point(), LEVEL);
      assertEquals(0, error(line, target), 0.008);
      assertTrue(line.low() < target.loss() && target.loss() < line.high());
      assertTrue(line.high() / line.low() < 1.22, line.low() + " to " + line.high());
    }
  }

  @Test
  void theMeasuredTrapIsForecastBetterThanByAPowerLaw() {
    Observation last = Ladders.BPE.getLast();
    Forecast fromFive = forecast(Ladders.BPE.subList(0, 5), last.point());
    Forecast fromFour = forecast(Ladders.BPE.subList(0, 4), last.point());
    assertTrue(Math.abs(error(fromFive, last)) < 0.015, "5x: " + error(fromFive, last));
    assertTrue(Math.abs(error(fromFour, last)) < 0.025, "17x: " + error(fromFour, last));
    double straight =
        new LogLinearFamily().fit(Ladders.BPE.subList(0, 4)).predict(last.point()) / last.loss()
            - 1;
    assertTrue(straight > 0.07, "a straight power law errs by " + straight);
  }

  @Test
  void steepeningIsNoticedAndSaid() {
    Forecast forecast = forecast(Ladders.BPE, Ladders.target(1e15));
    assertTrue(
        forecast.warnings().stream().anyMatch(w -> w.startsWith("local slopes steepen from")),
        forecast.warnings().toString());
    assertEquals(BentPowerLaw.FORM, forecast.laws().getFirst().form());
    assertTrue(forecast.laws().getFirst().parameters().get("bend") > 0.2);
  }

  @Test
  void aStraightLadderIsNotSaidToSteepen() {
    double[] flops = {1e11, 3e11, 1e12, 3e12, 1e13, 3e13};
    double[] losses = new double[flops.length];
    for (int i = 0; i < flops.length; i++) {
      losses[i] = 40 * Math.pow(flops[i], -0.11);
    }
    Forecast forecast = forecast(Ladders.measured(flops, losses), Ladders.target(3e14));
    assertTrue(
        forecast.warnings().stream().noneMatch(w -> w.startsWith("local slopes")),
        forecast.warnings().toString());
    assertEquals(40 * Math.pow(3e14, -0.11), forecast.predicted(), 0.02 * forecast.predicted());
  }

  @Test
  void aQuietLadderOfSixRunsGivesHalfWidthsBelowFourPercentAtTwentyfold() {
    double noise = 0.002;
    long seed = 5;
    Random random = new Random(seed);
    int numLadders = 40;
    int inside = 0;
    double halfWidths = 0;
    for (int i = 0; i < numLadders; i++) {
      List<Observation> runs = new ArrayList<>();
      BentPowerLaw truth = new BentPowerLaw(1e11, 3, -0.09, 0.6);
      for (double decades : Numbers.grid(0, 2.2, 6)) {
        double flops = 1e11 * Math.pow(10, decades);
        double loss =
            truth.predict(Ladders.target(flops)) * Math.exp(noise * random.nextGaussian());
        runs.add(Ladders.run("run", flops, loss, 1));
      }
      Target target = Ladders.target(20 * runs.getLast().flops());
      Interval interval =
          Ensemble.of(runs, Assumptions.smallRuns().withSeedNoise(noise), target)
              .interval(target, LEVEL);
      halfWidths += interval.relativeHalfWidth() / numLadders;
      double actual = truth.predict(target) * Math.exp(noise * random.nextGaussian());
      inside += interval.contains(actual) ? 1 : 0;
    }
    assertTrue(halfWidths < 0.04, "seed %d: mean half-width %s".formatted(seed, halfWidths));
    assertTrue(inside >= 35, "seed %d: %d of %d inside".formatted(seed, inside, numLadders));
  }

  @Test
  void aCurveNobodyMeasuredHasAnIntervalAsWideAsOthersMissedAndSaysSo() {
    double[] flops = {2.14e10, 5.65e10, 1.17e11, 2.04e11, 3.36e11, 5.16e11};
    double[] shortRuns = {2.5128, 2.3118, 2.1421, 2.0266, 1.9328, 1.8567}; // came to 1.5048
    Target target = Ladders.target(6.07e12);
    List<Observation> runs = Ladders.measured(flops, shortRuns);
    Interval before = Ensemble.of(runs, Assumptions.smallRuns(), target).interval(target, LEVEL);
    assertTrue(before.high() < 1.5048, "the older assumption missed this run: " + before);
    Forecast forecast = new Forecaster(Assumptions.unmeasuredCurve()).forecast(runs, target, LEVEL);
    assertTrue(forecast.low() < 1.5048 && 1.5048 < forecast.high(), forecast.toString());
    assertTrue(forecast.relativeHalfWidth() > 0.05, "as wide as the misses");
    assertTrue(
        forecast.warnings().getFirst().startsWith("not calibrated for this text and length"));
    assertTrue(forecast(runs, target).warnings().stream().noneMatch(w -> w.contains("calibrated")));
  }

  @Test
  void theOrderOfRunsDoesNotMatter() {
    List<Observation> shuffled = new ArrayList<>(Ladders.BPE);
    Collections.shuffle(shuffled, new Random(1));
    assertEquals(
        forecast(Ladders.BPE, Ladders.target(1e15)), forecast(shuffled, Ladders.target(1e15)));
  }

  @Test
  void otherUnitsOfLossOnlyScaleTheForecast() {
    List<Observation> nats =
        Ladders.BPE.stream()
            .map(r -> Ladders.run(r.name(), r.flops(), 2.5 * r.loss(), r.seed()))
            .toList();
    Forecast bits = forecast(Ladders.BPE, Ladders.target(1e15));
    Forecast scaled = forecast(nats, Ladders.target(1e15));
    assertEquals(2.5 * bits.predicted(), scaled.predicted(), 1e-3);
    assertEquals(2.5 * bits.low(), scaled.low(), 2e-3);
  }

  @Test
  void replicatesOverruleTheAssumedNoise() {
    List<Observation> runs = new ArrayList<>();
    double[] flops = {1e11, 3e11, 1e12, 3e12, 1e13};
    for (double c : flops) {
      double loss = 40 * Math.pow(c, -0.11);
      for (int seed = 0; seed < 3; seed++) {
        runs.add(Ladders.run("r" + c, c, loss * (1 + 0.02 * (seed - 1)), seed));
      }
    }
    Forecast.Diagnostics diagnostics = forecast(runs, Ladders.target(1e14)).diagnostics();
    assertEquals(10, diagnostics.replicates());
    assertEquals(0.02, diagnostics.seedNoise(), 0.003);
  }

  @Test
  void backTestsLeaveOutTheLargestAtSeveralRatios() {
    Forecast forecast = forecast(Ladders.BPE, Ladders.target(1e15));
    assertEquals(6, forecast.backtest().size());
    for (Forecast.Backtest row : forecast.backtest()) {
      assertTrue(row.computeRatio() > 1);
      assertEquals(row.predicted() / row.actual() - 1, row.relativeError(), 1e-12);
    }
    assertEquals(6, forecast.diagnostics().runs().size());
    assertEquals(5, forecast.diagnostics().localSlopes().size());
  }

  @Test
  void theCurvePassesTheSealedNumbersAtTheTarget() {
    Target target = Ladders.target(1e15);
    Forecast forecast = forecast(Ladders.BPE, target);
    Forecast.CurvePoint before = forecast.curve().getFirst();
    Forecast.CurvePoint after = forecast.curve().getLast();
    for (Forecast.CurvePoint point : forecast.curve()) {
      assertTrue(point.low() <= point.predicted() && point.predicted() <= point.high());
      before = point.flops() <= target.flops() ? point : before;
    }
    assertTrue(before.predicted() >= forecast.predicted());
    assertTrue(after.predicted() <= forecast.predicted());
  }

  @Test
  void intervalsWidenWithDistance() {
    double last = 0;
    for (double flops : new double[] {1e14, 1e15, 1e16}) {
      double width = forecast(Ladders.BPE, Ladders.target(flops)).relativeHalfWidth();
      assertTrue(width > last, "at " + flops);
      last = width;
    }
  }

  @Test
  void aKnownAsymptoteAddsAForm() {
    Forecast forecast =
        new Forecaster(Assumptions.general().withAsymptote(0.5))
            .forecast(Ladders.BPE, Ladders.target(1e15), LEVEL);
    assertTrue(forecast.laws().stream().anyMatch(law -> law.form().equals(FixedAsymptote.FORM)));
  }

  @Test
  void uselessLaddersAreRefusedInOneLine() {
    Forecaster forecaster = new Forecaster(Assumptions.general());
    Target target = Ladders.target(1e15);
    ScalingException few =
        assertThrows(
            ScalingException.class,
            () -> forecaster.forecast(Ladders.BPE.subList(0, 2), target, LEVEL));
    assertTrue(String.valueOf(few.getMessage()).contains("must hold at least 3 amounts"));
    List<Observation> rising =
        Ladders.measured(new double[] {1e11, 1e12, 1e13, 1e14}, new double[] {1, 2, 3, 4});
    ScalingException wrong =
        assertThrows(ScalingException.class, () -> forecaster.forecast(rising, target, LEVEL));
    assertTrue(String.valueOf(wrong.getMessage()).contains("falls with compute"));
    assertThrows(ScalingException.class, () -> forecaster.forecast(Ladders.BPE, target, 1.5));
    assertThrows(ScalingException.class, () -> Assumptions.named("optimistic"));
  }

  /// A straight ladder of slope 0.09 goes on, beyond its largest run, with the slope that a loss
  /// of 3.2 by counting tells: 0.244 - 0.045 * 3.2 = 0.1.
  @Test
  void theSlopeBeyondTheLadderIsToldByCounting() {
    List<Observation> ladder = new ArrayList<>();
    for (double flops : new double[] {1e11, 3e11, 1e12, 2e12}) {
      double loss = 2 * Math.pow(flops / 1e11, -0.09);
      ladder.add(new Observation("run-" + flops, flops, 0, 0, loss, 1));
    }
    Forecaster forecaster = new Forecaster(Assumptions.named("counted:3.2"));
    double end = ladder.getLast().loss();
    Forecast far = forecaster.forecast(ladder, new Target(2e13, 0, 0), 0.9);
    assertEquals(end * Math.pow(10, -0.1), far.predicted(), 1e-3 * end);
    assertTrue(far.low() < 0.985 * far.predicted(), far.toString());
    Forecast inside = forecaster.forecast(ladder, new Target(1e12, 0, 0), 0.9);
    assertEquals(2 * Math.pow(10, -0.09), inside.predicted(), 1e-3 * end);
    Forecast slower =
        new Forecaster(Assumptions.named("text-counted:3.2"))
            .forecast(ladder, new Target(2e13, 0, 0), 0.9);
    assertEquals(end * Math.pow(10, -0.096), slower.predicted(), 1e-3 * end);
    assertThrows(ScalingException.class, () -> Assumptions.named("counted:many"));
    assertThrows(ScalingException.class, () -> Assumptions.named("counted:0"));
  }
}
