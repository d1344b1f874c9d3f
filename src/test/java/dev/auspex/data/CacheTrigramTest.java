package dev.auspex.data;

import static dev.auspex.data.Samples.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTrigramTest {
  private static final int SEQ_LEN = 12;

  @TempDir Path dir;

  private TokenDataset dataset() {
    write(
        dir.resolve("in/a.txt"), "the cat sat on the mat. ".repeat(9) + "the hat sat. ".repeat(7));
    write(dir.resolve("in/b.txt"), "a rat ate that. ".repeat(8) + "zq zq zq, that hat! ".repeat(6));
    SplitOptions split = new SplitOptions(0.4, SplitOptions.HeldoutBy.TAIL, Long.MAX_VALUE);
    DatasetBuilder.build(
        Samples.corpus(split, dir.resolve("in")),
        new CharacterEncoder(),
        1,
        dir.resolve("out"),
        Progress.NONE,
        17);
    return TokenDataset.open(dir.resolve("out"));
  }

  /// What follows each context of 0, 1 and 2 tokens, as lists.
  private static Map<List<Integer>, List<Integer>> followers(List<int[]> sequences) {
    Map<List<Integer>, List<Integer>> followers = new HashMap<>();
    for (int[] sequence : sequences) {
      for (int at = 1; at < sequence.length; at++) {
        for (int order = 0; order <= Math.min(2, at); order++) {
          followers
              .computeIfAbsent(context(sequence, at, order), _ -> new ArrayList<>())
              .add(sequence[at]);
        }
      }
    }
    return followers;
  }

  private static List<Integer> context(int[] sequence, int at, int order) {
    return Arrays.stream(sequence, at - order, at).boxed().toList();
  }

  private static long count(List<Integer> all, int token) {
    return all.stream().filter(other -> other == token).count();
  }

  private static double slowly(
      Map<List<Integer>, List<Integer>> followers, int[] sequence, int at, int token, int vocab) {
    double probability = 1.0 / vocab;
    for (int order = 0; order <= Math.min(2, at); order++) {
      List<Integer> after = followers.getOrDefault(context(sequence, at, order), List.of());
      if (!after.isEmpty()) {
        Set<Integer> kinds = new HashSet<>(after);
        probability =
            (Math.max(0, count(after, token) - 0.75) + 0.75 * kinds.size() * probability)
                / after.size();
      }
    }
    Map<List<Integer>, List<Integer>> seen = followers(List.of(Arrays.copyOf(sequence, at)));
    double[] weights = {0.05, 0.15, 0.35};
    for (int order = 0; order <= Math.min(2, at); order++) {
      List<Integer> after = seen.getOrDefault(context(sequence, at, order), List.of());
      if (!after.isEmpty()) {
        double cached = (double) count(after, token) / after.size();
        probability = (1 - weights[order]) * probability + weights[order] * cached;
      }
    }
    return probability;
  }

  @Test
  void lossIsThatOfASlowTwinWhoseProbabilitiesAddUpToOne() {
    try (TokenDataset data = dataset()) {
      BatchSource source = data.train(3, SEQ_LEN);
      List<int[]> sequences = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        sequences.add(source.sequence(i));
      }
      Map<List<Integer>, List<Integer>> followers = followers(sequences);
      HeldoutWindows windows = data.heldout(SEQ_LEN, 0);
      double sum = 0;
      for (int window = 0; window < windows.count(); window++) {
        int[] sequence = new int[SEQ_LEN + 1];
        sequence[0] = windows.inputs(window, 1)[0];
        int[] targets = windows.targets(window, 1);
        for (int at = 1; at <= SEQ_LEN && targets[at - 1] != HeldoutWindows.IGNORED; at++) {
          sequence[at] = targets[at - 1];
          double all = 0;
          for (int token = 0; token < data.vocabSize(); token++) {
            all += slowly(followers, sequence, at, token, data.vocabSize());
          }
          assertEquals(1, all, 1e-9);
          sum -= Math.log(slowly(followers, sequence, at, sequence[at], data.vocabSize()));
        }
      }
      double loss = new CacheTrigram(data, SEQ_LEN, 10 * SEQ_LEN, 3).loss(windows);
      assertEquals(sum / windows.tokens(), loss, 1e-9);
    }
  }

  @Test
  void moreTextTellsMoreAndNeverMoreThanThereIs() {
    try (TokenDataset data = dataset()) {
      HeldoutWindows windows = data.heldout(SEQ_LEN, 0);
      double little = new CacheTrigram(data, SEQ_LEN, SEQ_LEN, 3).loss(windows);
      double all = new CacheTrigram(data, SEQ_LEN, data.trainTokens(), 3).loss(windows);
      assertTrue(all < little, all + " " + little);
      assertEquals(all, new CacheTrigram(data, SEQ_LEN, 1L << 40, 3).loss(windows), 1e-12);
    }
  }
}
