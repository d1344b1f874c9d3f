package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.Config;
import dev.auspex.scaling.CapabilityForecaster.Buckets;
import dev.auspex.scaling.CapabilityForecaster.Graded;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CapabilityForecasterTest {
  private static final int PROBLEMS = 100;
  private static final CapabilityConfig CONFIG =
      Config.empty().preset("capability-exam").load(CapabilityConfig.class);
  private static final double[] FLOPS = {1e9, 1e10, 1e11, 1e12};
  private static final Target TARGET = new Target(1e14, 0, 0);

  /// Problem i costs α_i·C^−k_i, harder with i, in an order that is not the list's.
  private static double cost(int problem, double flops) {
    int rank = problem * 37 % PROBLEMS;
    return (0.5 + 0.1 * rank) * Math.pow(flops / 1e9, -0.3 + 0.002 * rank);
  }

  private static List<Double> costs(double flops) {
    return IntStream.range(0, PROBLEMS).mapToObj(i -> cost(i, flops)).toList();
  }

  private static List<Graded> ladder() {
    List<Graded> ladder = new ArrayList<>();
    for (double flops : FLOPS) {
      ladder.add(graded(flops, costs(flops)));
    }
    return ladder;
  }

  private static Graded graded(double flops, List<Double> costs) {
    double loss = 4 * Math.pow(flops / 1e9, -0.08);
    return new Graded(Ladders.run("at-" + flops, flops, loss, 1), costs, Set.of());
  }

  @Test
  void recoversPowerLawsHundredfold() {
    Buckets buckets = new CapabilityForecaster(CONFIG).forecast(ladder(), TARGET);
    assertEquals(6, buckets.buckets().size());
    assertEquals(9, buckets.dropped().size());
    for (var bucket : buckets.buckets()) {
      double actual = DifficultyBuckets.mean(costs(1e14), bucket.problems());
      Forecast forecast = forecast(bucket);
      assertEquals(1, forecast.predicted() / actual, 0.05, bucket.part());
      assertTrue(forecast.low() < actual && actual < forecast.high());
      assertEquals(100, forecast.computeRatio(), 1e-9);
      assertEquals(PassForm.values().length, forecast.laws().size());
    }
  }

  @Test
  void bucketsAreByTheSmallModelsDifficultyAndTheHardestAreDropped() {
    Buckets buckets = new CapabilityForecaster(CONFIG).forecast(ladder(), TARGET);
    List<Integer> ranks = new ArrayList<>();
    buckets.buckets().forEach(it -> it.problems().forEach(i -> ranks.add(i * 37 % PROBLEMS)));
    buckets.dropped().forEach(i -> ranks.add(i * 37 % PROBLEMS));
    assertEquals(IntStream.range(0, PROBLEMS).boxed().toList(), ranks);
  }

  @Test
  void largerModelsMoveNoProblemToAnotherBucket() {
    List<Graded> ladder = ladder();
    Buckets before = new CapabilityForecaster(CONFIG).forecast(ladder, TARGET);
    // The two largest find everything as hard as the reverse order would have it.
    for (int i = 2; i < 4; i++) {
      List<Double> other = costs(FLOPS[i]).reversed().stream().map(cost -> cost / 100).toList();
      ladder.set(i, graded(FLOPS[i], other));
    }
    Buckets after = new CapabilityForecaster(CONFIG).forecast(ladder, TARGET);
    assertEquals(problems(before), problems(after));
    assertEquals(before.dropped(), after.dropped());
    assertNotEquals(
        forecast(before.buckets().getFirst()).predicted(),
        forecast(after.buckets().getFirst()).predicted(),
        "their costs do count in the fit");
    // Whereas a small one does move them.
    ladder.set(0, graded(FLOPS[0], costs(FLOPS[0]).reversed()));
    assertNotEquals(
        problems(before), problems(new CapabilityForecaster(CONFIG).forecast(ladder, TARGET)));
  }

  private static List<List<Integer>> problems(Buckets buckets) {
    return buckets.buckets().stream().map(CapabilityForecaster.BucketForecast::problems).toList();
  }

  private static Forecast forecast(CapabilityForecaster.BucketForecast bucket) {
    return Objects.requireNonNull(bucket.forecast(), bucket.reason());
  }

  @Test
  void aBucketThatDoesNotFallIsNamedAndTheOthersAreForecast() {
    CapabilityConfig oneJudge =
        Config.empty()
            .preset("capability-exam")
            .overrides(List.of("judges=1"))
            .load(CapabilityConfig.class);
    Set<Integer> hard =
        Set.copyOf(
            new CapabilityForecaster(oneJudge)
                .forecast(ladder(), TARGET)
                .buckets()
                .get(4)
                .problems());
    List<Graded> ladder = new ArrayList<>();
    for (double flops : FLOPS) {
      List<Double> costs = new ArrayList<>();
      for (int i = 0; i < PROBLEMS; i++) {
        costs.add(cost(i, hard.contains(i) ? FLOPS[0] : flops));
      }
      ladder.add(graded(flops, costs));
    }
    Buckets buckets = new CapabilityForecaster(oneJudge).forecast(ladder, TARGET);
    for (var bucket : buckets.buckets()) {
      assertEquals(bucket.bucket() == 5, bucket.forecast() == null, bucket.part());
      assertEquals(bucket.bucket() == 5, bucket.reason() != null);
    }
    String reason = String.valueOf(buckets.buckets().get(4).reason());
    assertTrue(reason.startsWith("over the ladder its cost falls by 0.0%"), reason);
  }

  /// Pass rates that are a logistic curve in log compute: a pure power law is far off, back-tests
  /// prefer the form that is right, and the interval holds what comes.
  @Test
  void backtestsFindALogisticCurve() {
    double[] flops = {1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12};
    List<Graded> ladder = new ArrayList<>();
    for (double at : flops) {
      ladder.add(graded(at, logistic(at)));
    }
    for (var bucket : new CapabilityForecaster(CONFIG).forecast(ladder, TARGET).buckets()) {
      Forecast forecast = forecast(bucket);
      double actual = DifficultyBuckets.mean(logistic(1e14), bucket.problems());
      assertTrue(forecast.low() < actual && actual < forecast.high(), bucket.part());
      Forecast.Law power =
          forecast.laws().stream()
              .filter(it -> it.form().equals("power"))
              .findFirst()
              .orElseThrow();
      assertTrue(power.predicted() / actual > 1.5, "the pure power law misses");
      assertTrue(power.weight() < 0.2, "and back-tests tell: " + power.weight());
      assertEquals(1, forecast.predicted() / actual, 0.35, bucket.part());
    }
  }

  private static List<Double> logistic(double flops) {
    return IntStream.range(0, PROBLEMS)
        .mapToObj(
            i -> Math.log1p(Math.exp(3 + 0.01 * (i * 37 % PROBLEMS) - Math.log(flops / 1e9) / 3)))
        .toList();
  }

  /// One problem in two is easier, the rest are noise that each run draws anew: judging and fitting
  /// with the same runs would let the hard buckets fall by mere regression to the mean.
  @Test
  void runsThatJudgedAreNotFittedWhereOthersOfTheirSizeAre() {
    List<Graded> ladder = new ArrayList<>();
    Random random = new Random(5);
    for (double flops : FLOPS) {
      for (int seed = 1; seed <= 2; seed++) {
        List<Double> costs = new ArrayList<>();
        for (int i = 0; i < PROBLEMS; i++) {
          costs.add(Math.pow(flops / 1e9, -0.02) * Math.exp(0.5 * random.nextGaussian()));
        }
        String name = "at-%s-%d".formatted(flops, seed);
        ladder.add(
            new Graded(
                Ladders.run(name, flops, 4 * Math.pow(flops / 1e9, -0.08), seed), costs, Set.of()));
      }
    }
    List<Forecast> forecasts =
        new CapabilityForecaster(CONFIG)
            .forecast(ladder, TARGET).buckets().stream()
                .map(CapabilityForecaster.BucketForecast::forecast)
                .filter(Objects::nonNull)
                .toList();
    for (Forecast forecast : forecasts) {
      assertEquals(6, forecast.ladder().size(), "eight runs, two of which judge");
      assertTrue(forecast.ladder().stream().noneMatch(run -> run.name().equals("at-1.0E9-1")));
    }
  }

  @Test
  void problemsASmallModelNeverSolvesAreDroppedHoweverCheapTheyLook() {
    List<Graded> ladder = ladder();
    List<Double> costs = new ArrayList<>(costs(FLOPS[0]));
    costs.set(0, 0.01); // cut off at the second draw, so it looks easiest of all
    ladder.set(0, new Graded(ladder.get(0).run(), costs, Set.of(0)));
    Buckets buckets = new CapabilityForecaster(CONFIG).forecast(ladder, TARGET);
    assertTrue(buckets.dropped().contains(0));
    assertEquals(9, buckets.dropped().size());
    // Cut off in a larger model only, it stays and is told of.
    ladder = ladder();
    ladder.set(3, new Graded(ladder.get(3).run(), ladder.get(3).costs(), Set.of(0)));
    buckets = new CapabilityForecaster(CONFIG).forecast(ladder, TARGET);
    String warnings = forecast(buckets.buckets().getFirst()).warnings().toString();
    assertTrue(warnings.contains("1 of its problems were cut off"), warnings);
    assertTrue(warnings.contains("judged difficulty and are fitted too"), warnings);
  }

  @Test
  void fewAmountsOfComputeAreTold() {
    List<Graded> two = ladder().subList(0, 2);
    String message =
        assertThrows(
                ScalingException.class,
                () -> new CapabilityForecaster(CONFIG).forecast(two, TARGET))
            .getMessage();
    assertTrue(message.startsWith("ladder (2 runs, 2 different amounts"), message);
  }

  @Test
  void tooFewProblemsAreTold() {
    assertThrows(
        ScalingException.class,
        () -> DifficultyBuckets.of(List.of(List.of(1.0, 2.0)), Set.of(), 6, 0));
  }
}
