package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldoutPartTest {
  private static final int VOCAB = 40;
  private static final SplitOptions TENTH =
      new SplitOptions(0.1, SplitOptions.HeldoutBy.HASH, Long.MAX_VALUE);

  @TempDir Path dir;

  /// Half of the files stand twice in the corpus, the second time with a changed word, so half of
  /// what is held out is repeated in training.
  private Path nearCopies() {
    for (int i = 0; i < 300; i++) {
      String text = Samples.words(i, 60);
      Samples.write(dir.resolve("in/file" + i + ".txt"), text);
      if (i % 2 == 0) {
        Samples.write(dir.resolve("in/copy" + i + ".txt"), "other " + text);
      }
    }
    return dir.resolve("in");
  }

  private Ledger build(double heldoutOverlap, int threads) {
    return build(heldoutOverlap, 1, threads);
  }

  private Ledger build(double heldoutOverlap, double overlap, int threads) {
    SplitOptions split =
        new SplitOptions(
            TENTH.heldoutShare(), TENTH.heldoutBy(), TENTH.maxBytes(), heldoutOverlap, overlap);
    return DatasetBuilder.build(
        Samples.corpus(split, nearCopies()),
        new ByteEncoder(),
        threads,
        dir.resolve("out"),
        Progress.NONE,
        1000);
  }

  @Test
  void whatTrainingRepeatsIsLeftOutAndCounted() throws IOException {
    Ledger all = build(1, 1);
    Ledger fresh = build(0.05, 2);
    Ledger.Entry entry = fresh.sources().getFirst();
    Ledger.Dropped dropped = entry.dropped().get("repeats_training");
    assertTrue(dropped.count() > 5, dropped.toString());
    assertEquals(all.totals().heldout().documents(), entry.heldout().documents() + dropped.count());
    assertEquals(all.totals().heldout().bytes(), entry.heldout().bytes() + dropped.bytes());
    assertEquals(all.totals().tokens(), entry.tokens() + dropped.bytes() + dropped.count());
    assertTrue(dropped.examples().getFirst().matches(".*(file|copy)\\d+\\.txt: \\d+% of it"));
    List<String> lines = Files.readAllLines(dir.resolve("out/heldout.jsonl"));
    assertEquals(entry.heldout().documents(), lines.size());
    Set<String> names =
        lines.stream()
            .map(line -> line.replaceAll(".*\"path\":\"(.*?)\\.txt.*", "$1"))
            .collect(Collectors.toSet());
    for (String name : names) {
      int number = Integer.parseInt(name.substring(4));
      String twin = (name.startsWith("file") ? "copy" : "file") + number;
      assertTrue(number % 2 == 1 || names.contains(twin), name + "'s copy is in training");
    }
    try (TokenDataset dataset = TokenDataset.open(dir.resolve("out"))) {
      dataset.verify();
      assertEquals(entry.heldout().tokens(), dataset.heldoutTokens());
      assertEquals(entry.heldout().bytes(), dataset.heldoutBytes());
    }
    assertFalse(Files.exists(dir.resolve("out/heldout")));
  }

  @Test
  void whatWasReadBeforeIsTakenOnceOnWhicheverSide() {
    Ledger all = build(1, 1, 1);
    Ledger.Entry entry = build(0, 0.05, 2).sources().getFirst();
    Ledger.Dropped dropped = entry.dropped().get("repeats_others");
    assertEquals(150, dropped.count());
    assertEquals(300, entry.documents());
    assertEquals(all.totals().bytes(), entry.bytes() + dropped.bytes());
    assertEquals(entry.tokens(), entry.bytes() + entry.documents());
    assertFalse(entry.dropped().containsKey("repeats_training"));
    assertTrue(entry.heldout().documents() > 10, entry.heldout().toString());
    assertTrue(dropped.examples().getFirst().matches(".*(file|copy)\\d+\\.txt: \\d+% of it"));
  }

  @Test
  void sharesOfWhatWasTakenBeforeAreThoseOfTheirRuns() {
    SplittableRandom random = new SplittableRandom(6);
    int[] before = random.ints(100_000, 0, VOCAB).toArray();
    SeenRuns seen = new SeenRuns();
    seen.add(before, 0, 60_000);
    seen.add(before, 60_000, before.length);
    int[] next = random.ints(1000, 0, VOCAB).toArray();
    System.arraycopy(before, 50_000, next, 100, 31); // one too short
    assertEquals(0, seen.share(next, 0, 1000));
    System.arraycopy(before, 500, next, 200, 300);
    double share = seen.share(next, 0, 1000);
    assertTrue(share <= 0.3 && share >= 0.3 - 2 * 7 / 1000.0, () -> "share " + share);
    assertTrue(seen.share(before, 0, before.length) > 0.999);
    assertTrue(seen.share(next, 200, 239) > 0.8);
  }

  @Test
  void aCorpusOfCopiesIsRefused() throws IOException {
    Files.createDirectories(dir.resolve("in"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(dir.resolve("in/" + i + ".txt"), i + " " + Samples.words(1, 60));
    }
    SplitOptions split =
        new SplitOptions(0.1, SplitOptions.HeldoutBy.HASH, Long.MAX_VALUE, 0.05, 1);
    Corpus corpus = Samples.corpus(split, dir.resolve("in"));
    DataException e =
        assertThrows(
            DataException.class,
            () ->
                DatasetBuilder.build(
                    corpus, new ByteEncoder(), 1, dir.resolve("out"), Progress.NONE));
    assertTrue(e.getMessage().startsWith("heldout-overlap (0.05) must keep one of"));
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  void sharesEqualThoseOfComparingEveryRunWithEveryOther() {
    SplittableRandom random = new SplittableRandom(5);
    int[] train = random.ints(4000, 0, VOCAB).toArray();
    int[] heldout = random.ints(600, 0, VOCAB).toArray();
    System.arraycopy(train, 900, heldout, 20, 31); // one too short
    System.arraycopy(train, 1500, heldout, 130, 32);
    System.arraycopy(train, 3900, heldout, 290, 100); // over the end of a document
    System.arraycopy(train, 0, heldout, 400, 45);
    List<Integer> lengths = List.of(100, 70, 200, 25, 205);
    double[] found;
    try (Arena arena = Arena.ofConfined()) {
      found =
          HeldoutRepeats.shares(
              stream("train", train, arena), stream("heldout", heldout, arena), lengths);
    }
    assertArrayEquals(slow(train, heldout, lengths), found, 1e-12);
    assertEquals(0, found[0]);
    assertEquals(32 / 70.0, found[1], 1e-12);
  }

  private TokenStream stream(String name, int[] ids, Arena arena) {
    Path folder = Samples.write(dir.resolve(name + "/x"), "").getParent();
    try (ShardWriter writer = new ShardWriter(folder, Split.TRAIN, VOCAB, 777)) {
      writer.append(ids, 0, ids.length);
      return TokenStream.open(folder, writer.end(), VOCAB, arena);
    }
  }

  private static double[] slow(int[] train, int[] heldout, List<Integer> lengths) {
    boolean[] repeated = new boolean[heldout.length];
    int run = RunHash.RUN;
    for (int i = 0; i + run <= heldout.length; i++) {
      int at = i;
      boolean found =
          IntStream.rangeClosed(0, train.length - run)
              .anyMatch(j -> Arrays.equals(train, j, j + run, heldout, at, at + run));
      for (int k = i; found && k < i + run; k++) {
        repeated[k] = true;
      }
    }
    List<Double> shares = new ArrayList<>();
    int from = 0;
    for (int length : lengths) {
      int start = from;
      long count = IntStream.range(start, start + length).filter(k -> repeated[k]).count();
      shares.add(count / (double) length);
      from += length;
    }
    return shares.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
