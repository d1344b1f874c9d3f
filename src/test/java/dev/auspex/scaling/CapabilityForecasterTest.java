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
      ladder.add(new Graded(new Observation("at-" + flops, flops, 0, 0, 1, 1), costs(flops)));
    }
    return ladder;
  }

  @Test
  void recoversPowerLawsHundredfold() {
    Buckets buckets = new CapabilityForecaster(CONFIG).forecast(ladder(), TARGET);
    assertEquals(6, buckets.buckets().size());
    assertEquals(9, buckets.dropped().size());
    for (var bucket : buckets.buckets()) {
      double actual = DifficultyBuckets.mean(costs(1e14), bucket.problems());
      assertEquals(1, bucket.forecast().predicted() / actual, 0.03, bucket.part());
      assertTrue(bucket.forecast().low() < actual && actual < bucket.forecast().high());
      assertEquals(100, bucket.forecast().computeRatio(), 1e-9);
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
      ladder.set(i, new Graded(ladder.get(i).run(), other));
    }
    Buckets after = new CapabilityForecaster(CONFIG).forecast(ladder, TARGET);
    assertEquals(problems(before), problems(after));
    assertEquals(before.dropped(), after.dropped());
    assertNotEquals(
        before.buckets().getFirst().forecast().predicted(),
        after.buckets().getFirst().forecast().predicted(),
        "their costs do count in the fit");
    // Whereas a small one does move them.
    ladder.set(0, new Graded(ladder.get(0).run(), costs(FLOPS[0]).reversed()));
    assertNotEquals(
        problems(before), problems(new CapabilityForecaster(CONFIG).forecast(ladder, TARGET)));
  }

  private static List<List<Integer>> problems(Buckets buckets) {
    return buckets.buckets().stream().map(CapabilityForecaster.BucketForecast::problems).toList();
  }

  @Test
  void aBucketThatDoesNotImproveIsNamed() {
    List<Graded> flat =
        ladder().stream()
            .map(it -> new Graded(it.run(), costs(1e9 * 1e20 / it.run().flops())))
            .toList();
    String message =
        assertThrows(
                ScalingException.class,
                () -> new CapabilityForecaster(CONFIG).forecast(flat, TARGET))
            .getMessage();
    assertTrue(message.startsWith("bucket 1: "), message);
  }

  @Test
  void tooFewProblemsAreTold() {
    assertThrows(
        ScalingException.class, () -> DifficultyBuckets.of(List.of(List.of(1.0, 2.0)), 6, 0));
  }
}
