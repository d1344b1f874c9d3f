package dev.auspex.data;

import static dev.auspex.data.Samples.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldoutWindowsTest {
  private static final int END = new CharacterEncoder().endId();

  @TempDir Path dir;

  /// Half of each text is held out: `éa漢b` ten times, 21 characters and 1 end token.
  private TokenDataset dataset() {
    write(dir.resolve("in/a.txt"), "xxxxxxx".repeat(10) + "éa漢b".repeat(10));
    write(dir.resolve("in/b.txt"), "yyy".repeat(10) + "z".repeat(30));
    SplitOptions split = new SplitOptions(0.5, SplitOptions.HeldoutBy.TAIL, Long.MAX_VALUE);
    DatasetBuilder.build(
        Samples.corpus(split, dir.resolve("in")),
        new CharacterEncoder(),
        1,
        dir.resolve("out"),
        Progress.NONE,
        17);
    return TokenDataset.open(dir.resolve("out"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 72, 73, 207})
  void eachTokenIsPredictedOnceFromTheOneBefore(int seqLen) {
    try (TokenDataset dataset = dataset()) {
      HeldoutWindows windows = dataset.heldout(seqLen, 0);
      List<Integer> inputs = new ArrayList<>();
      List<Integer> targets = new ArrayList<>();
      for (int at = 0; at < windows.count(); at += 3) {
        int n = Math.min(3, windows.count() - at);
        Arrays.stream(windows.inputs(at, n)).forEach(inputs::add);
        Arrays.stream(windows.targets(at, n)).forEach(targets::add);
      }
      int tokens = (int) dataset.heldoutTokens();
      assertEquals(72, tokens);
      assertEquals(windows.count() * seqLen, targets.size());
      List<Integer> predicted = targets.subList(0, tokens);
      assertTrue(
          targets.subList(tokens, targets.size()).stream()
              .allMatch(target -> target == HeldoutWindows.IGNORED));
      assertEquals(END, inputs.getFirst());
      assertEquals(predicted.subList(0, tokens - 1), inputs.subList(1, tokens));
      assertTrue(inputs.stream().allMatch(id -> id >= 0 && id <= END));
      assertEquals(tokens, windows.tokens());
      assertEquals(dataset.heldoutBytes(), windows.bytes());
      assertEquals(100, windows.bytes());
    }
  }

  @Test
  void bytesOfAWorkedExampleByHand() {
    try (TokenDataset dataset = dataset()) {
      HeldoutWindows first = dataset.heldout(4, 1);
      assertArrayEquals(new int[] {'é', 'a', '漢', 'b'}, first.targets(0, 1));
      assertArrayEquals(new int[] {END, 'é', 'a', '漢'}, first.inputs(0, 1));
      assertEquals(7, first.bytes());
      assertEquals(4, first.tokens());
    }
  }

  @Test
  void aPartIsEvenlySpacedAndCountsItsOwnBytes() {
    try (TokenDataset dataset = dataset()) {
      CharacterEncoder encoder = new CharacterEncoder();
      HeldoutWindows all = dataset.heldout(5, 0);
      HeldoutWindows part = dataset.heldout(5, 4);
      assertEquals(15, all.count());
      assertEquals(4, part.count());
      long tokens = 0;
      long bytes = 0;
      int[] places = {0, 3, 7, 11};
      for (int i = 0; i < 4; i++) {
        assertArrayEquals(all.targets(places[i], 1), part.targets(i, 1));
        assertArrayEquals(all.inputs(places[i], 1), part.inputs(i, 1));
        for (int target : part.targets(i, 1)) {
          tokens += target == HeldoutWindows.IGNORED ? 0 : 1;
          bytes += target == HeldoutWindows.IGNORED ? 0 : encoder.byteLength(target);
        }
      }
      assertEquals(tokens, part.tokens());
      assertEquals(bytes, part.bytes());
      assertEquals(15, dataset.heldout(5, 99).count());
    }
  }

  @Test
  void noHeldOutTextIsAUserError() {
    write(dir.resolve("a.txt"), "some text");
    DatasetBuilder.build(
        Samples.corpus(Samples.heldout(0), dir.resolve("a.txt")),
        new ByteEncoder(),
        1,
        dir.resolve("out"),
        Progress.NONE);
    try (TokenDataset dataset = TokenDataset.open(dir.resolve("out"))) {
      assertEquals(0, dataset.heldoutTokens());
      DataException e = assertThrows(DataException.class, () -> dataset.heldout(8, 0));
      assertTrue(e.getMessage().startsWith("heldout (0 tokens) must"), e.getMessage());
    }
  }
}
