package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceTest {
  private static final double[] FLOPS = {1.7e11, 3.5e11, 6.1e11, 7.1e14};
  private static final double[] CURVE = {2.45, 2.34, 2.27, 1.41};

  @TempDir Path dir;

  /// The first runs a ladder in a folder, the last its finished target.
  private Path family(String name, double[] losses) {
    List<Observation> all = Ladders.measured(FLOPS, losses);
    Path folder = dir.resolve(name);
    StringBuilder lines = new StringBuilder();
    all.subList(0, 3).forEach(run -> lines.append(Json.line(run)).append('\n'));
    AtomicFiles.writeString(folder.resolve("ladder.jsonl"), lines.toString());
    Map<String, Double> result = Map.of("flops", FLOPS[3], "heldout_bpb", losses[3]);
    AtomicFiles.writeString(folder.resolve("result.json"), Json.line(result));
    return folder;
  }

  private static double[] power(double a, double k) {
    return Arrays.stream(CURVE).map(loss -> a * Math.pow(loss, k)).toArray();
  }

  private static Forecast forecast(List<Observation> runs, Path... references) {
    String paths = String.join(",", Arrays.stream(references).map(Path::toString).toList());
    return new Forecaster(Assumptions.named("like:" + paths))
        .forecast(runs, Ladders.target(FLOPS[3]), 0.9);
  }

  @Test
  void aPowerOfTheReferenceIsForecastExactly() {
    double[] losses = power(0.7, 1.4);
    Forecast found =
        forecast(Ladders.measured(FLOPS, losses).subList(0, 3), family("english", CURVE));
    assertEquals(losses[3], found.predicted(), 1e-3 * losses[3]);
    assertEquals(1.4, found.laws().getFirst().parameters().get("k"), 1e-6);
    assertEquals("reference", found.laws().getFirst().form());
    assertTrue(found.low() < losses[3] && losses[3] < found.high());
    assertTrue(found.high() / found.low() < 1.2);
  }

  /// Its interval also holds what the reference's own noise and the ladder's do.
  @Test
  void noiseOfBothFamiliesStaysWithinTheInterval() {
    Random random = new Random(3);
    int inside = 0;
    for (int i = 0; i < 40; i++) {
      double[] reference = Arrays.stream(CURVE).map(x -> noisy(x, random)).toArray();
      double[] losses = power(0.7, 1.4);
      List<Observation> runs = new ArrayList<>();
      for (int seed = 1; seed <= 8; seed++) {
        for (int j = 0; j < 3; j++) {
          runs.add(Ladders.run("run-" + j, FLOPS[j], noisy(losses[j], random), seed));
        }
      }
      Forecast found = forecast(runs, family("noisy-" + i, reference));
      double came = noisy(losses[3], random);
      inside += found.low() <= came && came <= found.high() ? 1 : 0;
    }
    assertTrue(inside >= 34, inside + " of 40 inside");
  }

  private static double noisy(double loss, Random random) {
    return loss * Math.exp(0.003 * random.nextGaussian());
  }

  /// Ladders with their targets at 1,156 times, made before this form was thought of.
  @Test
  void measuredFamiliesForecastEachOther() {
    double[] novels = {2.26853, 2.17900, 2.11955, 1.46882};
    double[] java = {1.97144, 1.84548, 1.75522, 0.92454};
    double[] languages = {3.04352, 2.86923, 2.75641, 1.59270};
    Path folder = family("languages", languages);
    for (double[] losses : List.of(novels, java)) {
      Forecast found = forecast(Ladders.measured(FLOPS, losses).subList(0, 3), folder);
      assertEquals(losses[3], found.predicted(), 0.012 * losses[3]);
    }
    List<Observation> javaLadder = Ladders.measured(FLOPS, java).subList(0, 3);
    Forecast both = forecast(javaLadder, folder, family("novels", novels));
    assertEquals(java[3], both.predicted(), 0.018 * java[3]);
  }

  @Test
  void aReferenceThatDoesNotReachTheTargetIsRefused() {
    List<Observation> runs = Ladders.measured(FLOPS, CURVE).subList(0, 3);
    Assumptions like = Assumptions.named("like:" + family("short", CURVE));
    ScalingException e =
        assertThrows(
            ScalingException.class,
            () -> new Forecaster(like).forecast(runs, Ladders.target(3e15), 0.9));
    assertTrue(
        e.getMessage().contains("must hold runs from about 1.7e+11 to 3.0e+15 FLOPs"),
        e.getMessage());
  }

  @Test
  void whatIsNoFinishedFamilyIsNamed() {
    Path folder = family("unfinished", CURVE);
    AtomicFiles.deleteTree(folder.resolve("result.json"));
    ScalingException e =
        assertThrows(ScalingException.class, () -> Assumptions.named("like:" + folder));
    assertTrue(e.getMessage().endsWith("must hold the result.json of a finished target"));
    e =
        assertThrows(
            ScalingException.class,
            () -> Assumptions.named("like:" + folder.resolve("ladder.jsonl")));
    assertTrue(e.getMessage().contains("at least 4 amounts of compute, it holds 3"));
    assertThrows(FileException.class, () -> Assumptions.named("like:" + dir.resolve("nowhere")));
  }
}
