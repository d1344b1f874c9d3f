package dev.auspex.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.ParameterShapes;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private static final int VOCAB = 9;
  private static final GptConfig SHAPE =
      new GptConfig(VOCAB, 16, 16, 1, 2, 2, 8, 24, 10000, 1e-5, false, false, new Mup(16, 1));

  /// Values at random everywhere, large enough for scores that differ.
  private static Gpt random(SplittableRandom random) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(SHAPE)
        .forEach(
            (name, shape) -> {
              int count = (int) (shape.length == 1 ? shape[0] : shape[0] * shape[1]);
              float[] numbers = new float[count];
              for (int i = 0; i < count; i++) {
                numbers[i] = (float) (random.nextGaussian() * 0.7);
              }
              values.put(name, Tensor.of(numbers, shape));
            });
    return new Gpt(SHAPE, DType.FP32, values);
  }

  private static List<int[]> continuations(SplittableRandom random, int count) {
    Set<String> seen = new HashSet<>();
    List<int[]> all = new ArrayList<>();
    while (all.size() < count) {
      int[] ids = random.ints(random.nextInt(1, 6), 0, VOCAB).toArray();
      if (seen.add(java.util.Arrays.toString(ids))) {
        all.add(ids);
      }
    }
    return all;
  }

  /// The slow twin: reads prompt and continuation as one sequence.
  private static double logprob(Gpt gpt, List<Integer> prompt, int[] continuation) {
    int[] ids = new int[prompt.size() + continuation.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i < prompt.size() ? prompt.get(i) : continuation[i - prompt.size()];
    }
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      float[] logits =
          gpt.logits(gpt.forward(Tensor.of(ids, 1, ids.length), null)).toFloats(); // [1, T, V]
      double total = 0;
      for (int at = prompt.size(); at < ids.length; at++) {
        double sum = 0;
        for (int id = 0; id < VOCAB; id++) {
          sum += Math.exp(logits[(at - 1) * VOCAB + id]);
        }
        total += logits[(at - 1) * VOCAB + ids[at]] - Math.log(sum);
      }
      return total;
    }
  }

  @Test
  void theLikeliestIsFoundAsByScoringAll() {
    for (long seed = 1; seed <= 6; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<int[]> all = continuations(random, seed == 1 ? 1 : 60);
      List<Integer> prompt = List.of(3, 1, random.nextInt(VOCAB));
      try (Gpt gpt = random(random)) {
        int best = 0;
        for (int i = 1; i < all.size(); i++) {
          if (logprob(gpt, prompt, all.get(i)) > logprob(gpt, prompt, all.get(best))) {
            best = i;
          }
        }
        Choice.Chosen chosen = new Choice(gpt, all).of(prompt, SeenImages.NONE);
        assertEquals(best, chosen.continuation(), "seed " + seed);
        assertEquals(logprob(gpt, prompt, all.get(best)), chosen.logprob(), 1e-4, "seed " + seed);
        int tokens = all.stream().mapToInt(ids -> ids.length).sum();
        assertTrue(chosen.read() <= tokens, "seed " + seed + ": read " + chosen.read());
      }
    }
  }

  @Test
  void oneThatBeginsLikeAnotherCompetesWithIt() {
    try (Gpt gpt = random(new SplittableRandom(7))) {
      List<int[]> all = List.of(new int[] {2, 4}, new int[] {2}, new int[] {2});
      Choice.Chosen chosen = new Choice(gpt, all).of(List.of(1), SeenImages.NONE);
      assertEquals(1, chosen.continuation(), "the shorter is likelier; of equal ones the first");
    }
  }

  @Test
  void whatDoesNotFitInTheContextIsRefused() {
    try (Gpt gpt = random(new SplittableRandom(7))) {
      Choice choice = new Choice(gpt, List.of(new int[] {1, 2, 3}));
      List<Integer> prompt = java.util.Collections.nCopies(15, 1);
      assertThrows(ConfigException.class, () -> choice.of(prompt, SeenImages.NONE));
      assertThrows(IllegalArgumentException.class, () -> new Choice(gpt, List.of()));
    }
  }
}
