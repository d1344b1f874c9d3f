package dev.auspex.data;

import static dev.auspex.data.Samples.corpus;
import static dev.auspex.data.Samples.heldout;
import static dev.auspex.data.Samples.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchSourceTest {
  @TempDir Path dir;

  /// A dataset of `tokens` tokens, in shards of 100, each the number of its position.
  private TokenDataset dataset(int tokens) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < tokens - 1; i++) {
      text.appendCodePoint(0x4e00 + i);
    }
    write(dir.resolve("in.txt"), text.toString());
    DatasetBuilder.build(
        corpus(heldout(0), dir.resolve("in.txt")),
        new CharacterEncoder(),
        1,
        dir.resolve("out"),
        Progress.NONE,
        100);
    return TokenDataset.open(dir.resolve("out"));
  }

  @ParameterizedTest
  @CsvSource({"2,1", "8,7", "15,7", "207,7", "207,206", "1000,64", "1001,64", "640,64"})
  void anEpochTakesEachWindowOnceAndLeavesLittle(int tokens, int seqLen) {
    try (TokenDataset dataset = dataset(tokens)) {
      BatchSource source = dataset.train(3, seqLen);
      long windows = source.sequencesPerEpoch();
      assertTrue(windows >= 1 && windows * seqLen < tokens);
      assertTrue(windows * seqLen + 2L * seqLen >= tokens - 1, windows + " windows");
      for (long epoch = 0; epoch < 3; epoch++) {
        Map<Integer, Integer> seen = new HashMap<>();
        for (long i = epoch * windows; i < (epoch + 1) * windows; i++) {
          int[] sequence = source.sequence(i);
          assertEquals(seqLen + 1, sequence.length);
          for (int t = 0; t < seqLen; t++) {
            seen.merge(sequence[t], 1, Integer::sum);
            boolean end = sequence[t + 1] == new CharacterEncoder().endId();
            assertTrue(end || sequence[t + 1] == sequence[t] + 1);
          }
        }
        assertEquals(windows * seqLen, seen.size(), "each token is an input at most once");
        assertTrue(seen.values().stream().allMatch(n -> n == 1));
      }
    }
  }

  @Test
  void epochsBeginAtDifferentTokens() {
    try (TokenDataset dataset = dataset(1000)) {
      BatchSource source = dataset.train(3, 64);
      List<Integer> firsts = new ArrayList<>();
      long windows = source.sequencesPerEpoch();
      for (long epoch = 0; epoch < 20; epoch++) {
        int first = Integer.MAX_VALUE;
        for (long i = 0; i < windows; i++) {
          first = Math.min(first, source.sequence(epoch * windows + i)[0]);
        }
        firsts.add(first);
      }
      assertTrue(firsts.stream().distinct().count() > 10, firsts::toString);
    }
  }

  @Test
  void aBatchIsItsSequencesRowByRow() {
    try (TokenDataset dataset = dataset(500)) {
      BatchSource source = dataset.train(9, 7);
      Batch batch = source.batch(65, 5);
      assertEquals(5, batch.batchSize());
      for (int row = 0; row < 5; row++) {
        assertArrayEquals(
            source.sequence(65 + row), Arrays.copyOfRange(batch.tokens(), row * 8, row * 8 + 8));
      }
    }
  }

  @Test
  void resumingByTheCounterGivesTheSameSequence() {
    List<int[]> whole = new ArrayList<>();
    try (TokenDataset dataset = dataset(500)) {
      BatchSource source = dataset.train(5, 7);
      for (long step = 0; step < 100; step++) {
        whole.add(source.batch(step * 3, 3).tokens());
      }
    }
    for (int resumed : new int[] {1, 40, 99}) {
      try (TokenDataset dataset = TokenDataset.open(dir.resolve("out"))) {
        BatchSource source = dataset.train(5, 7);
        for (int step = resumed; step < 100; step++) {
          assertArrayEquals(whole.get(step), source.batch(step * 3L, 3).tokens());
        }
        assertFalse(Arrays.equals(whole.get(1), dataset.train(6, 7).batch(3, 3).tokens()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "7"})
  void anyNumberOfReadersGivesTheSame(int readers) throws InterruptedException {
    try (TokenDataset dataset = dataset(900)) {
      BatchSource source = dataset.train(5, 16);
      int[][] expected = new int[300][];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = source.sequence(i);
      }
      int[][] found = new int[expected.length][];
      AtomicInteger next = new AtomicInteger();
      List<Future<?>> work = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
        for (int r = 0; r < readers; r++) {
          work.add(
              threads.submit(
                  () -> {
                    for (int i; (i = next.getAndIncrement()) < found.length; ) {
                      found[i] = source.sequence(i);
                    }
                  }));
        }
        for (Future<?> one : work) {
          one.get();
        }
      } catch (ExecutionException e) {
        throw new AssertionError(e);
      }
      assertTrue(Arrays.deepEquals(expected, found));
    }
  }

  @Test
  void whereASequenceBeginsIsToldByShardAndToken() {
    try (TokenDataset dataset = dataset(500)) {
      BatchSource source = dataset.train(5, 7);
      for (long i = 0; i < 50; i++) {
        int position = source.sequence(i)[0] - 0x4e00;
        assertEquals(
            "train-%05d.bin:%d".formatted(position / 100, position % 100), source.where(i));
      }
    }
  }

  @Test
  void tooLittleTextIsAUserError() {
    try (TokenDataset dataset = dataset(10)) {
      DataException e = assertThrows(DataException.class, () -> dataset.train(1, 10));
      assertTrue(e.getMessage().startsWith("context (10) must be from 1 to 9"), e.getMessage());
      assertEquals(1, dataset.train(1, 9).sequencesPerEpoch());
    }
  }
}
