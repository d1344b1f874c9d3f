package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training: against a naive twin, with any number of threads, in bounded memory.
class BpeTrainerTest {
  private record Pair(Piece left, Piece right) {}

  /// The slow twin: counts all pairs of all words anew for every merge.
  private static List<String> naive(List<byte[]> words, int merges) {
    List<List<Piece>> split = new ArrayList<>();
    for (byte[] word : words) {
      List<Piece> symbols = new ArrayList<>();
      for (byte b : word) {
        symbols.add(new Piece(new byte[] {b}));
      }
      split.add(symbols);
    }
    List<String> learnt = new ArrayList<>();
    while (learnt.size() < merges) {
      Map<Pair, Integer> counts = new HashMap<>();
      for (List<Piece> word : split) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(new Pair(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      if (counts.isEmpty()) {
        break;
      }
      Pair best = counts.keySet().stream().reduce((a, b) -> better(a, b, counts)).orElseThrow();
      Piece joined = joined(best);
      if (!learnt.contains(joined.toString())) {
        learnt.add(joined.toString());
      }
      for (List<Piece> word : split) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (new Pair(word.get(i), word.get(i + 1)).equals(best)) {
            word.set(i, joined);
            word.remove(i + 1);
          }
        }
      }
    }
    return learnt;
  }

  private static Pair better(Pair a, Pair b, Map<Pair, Integer> counts) {
    int order = Integer.compare(counts.get(a), counts.get(b));
    if (order == 0) {
      order = Arrays.compareUnsigned(a.left.bytes(), b.left.bytes());
    }
    if (order == 0) {
      order = Arrays.compareUnsigned(a.right.bytes(), b.right.bytes());
    }
    return order >= 0 ? a : b;
  }

  private static Piece joined(Pair pair) {
    byte[] joined =
        Arrays.copyOf(pair.left.bytes(), pair.left.bytes().length + pair.right.bytes().length);
    System.arraycopy(
        pair.right.bytes(), 0, joined, pair.left.bytes().length, pair.right.bytes().length);
    return new Piece(joined);
  }

  private static List<byte[]> documents(int number, long seed) {
    Random random = new Random(seed);
    List<byte[]> documents = new ArrayList<>();
    for (int d = 0; d < number; d++) {
      StringBuilder text = new StringBuilder();
      for (int w = random.nextInt(200); w > 0; w--) {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
          text.append((char) ('a' + random.nextInt(4)));
        }
        text.append(random.nextInt(9) == 0 ? "\n" : " ");
      }
      documents.add(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    return documents;
  }

  private static BpeTokenizer train(List<byte[]> documents, BpeTrainerConfig config) {
    return BpeTrainer.train(documents.iterator(), config, Progress.NONE).tokenizer();
  }

  @Test
  void learnsWhatTheNaiveTwinLearns() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      List<byte[]> words = new ArrayList<>();
      for (int w = 0; w < 30; w++) {
        byte[] word = new byte[1 + random.nextInt(12)];
        for (int i = 0; i < word.length; i++) {
          word[i] = (byte) ('a' + random.nextInt(2 + seed % 3));
        }
        words.add(word);
      }
      List<String> expected = naive(words, 40);
      BpeTrainerConfig config =
          new BpeTrainerConfig(256 + expected.size(), "[\\s\\S]+", List.of(), 2, 1000);
      BpeTokenizer tokenizer = train(words, config);
      List<String> learnt = new ArrayList<>();
      for (int id = 256; id < tokenizer.vocabSize(); id++) {
        learnt.add(ByteAlphabet.write(tokenizer.tokenBytes(id)));
      }
      assertEquals(expected, learnt, "seed " + seed);
    }
  }

  @Test
  void theNumberOfThreadsDoesNotShow(@TempDir Path folder) throws Exception {
    List<byte[]> documents = documents(300, 7);
    for (int threads : new int[] {1, 2, 5}) {
      BpeTrainerConfig config = BpeTrainerConfig.of(500).withThreads(threads);
      train(documents, config).save(folder.resolve(threads + ".json"));
    }
    assertEquals(-1, Files.mismatch(folder.resolve("1.json"), folder.resolve("2.json")));
    assertEquals(-1, Files.mismatch(folder.resolve("1.json"), folder.resolve("5.json")));
  }

  @Test
  void theRarestPiecesAreForgottenAboveTheLimit() {
    List<byte[]> documents = documents(50, 3);
    BpeTrainerConfig config = new BpeTrainerConfig(280, SplitPattern.AUSPEX, List.of(), 2, 1000);
    BpeTrainer.Result all =
        BpeTrainer.train(documents.iterator(), BpeTrainerConfig.of(288), Progress.NONE);
    BpeTrainer.Result few = BpeTrainer.train(documents.iterator(), config, Progress.NONE);
    assertTrue(all.distinctPieces() > 1000, "distinct: " + all.distinctPieces());
    assertTrue(few.distinctPieces() <= 1000, "kept: " + few.distinctPieces());
    assertEquals(all.bytes(), few.bytes());
  }

  @Test
  void theVocabularyHasTheSizeAskedForOrSaysWhyNot() {
    assertEquals(400, train(documents(50, 1), BpeTrainerConfig.of(400)).vocabSize());
    List<String> warnings = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void start(String name, long total, String unit) {}

          @Override
          public void update(long done, String note) {}

          @Override
          public void finish() {}

          @Override
          public void warn(String line) {
            warnings.add(line);
          }
        };
    List<byte[]> little = List.of("abc".getBytes(StandardCharsets.UTF_8));
    BpeTokenizer tokenizer =
        BpeTrainer.train(little.iterator(), BpeTrainerConfig.of(400), progress).tokenizer();
    assertEquals(8 + 256 + 2, tokenizer.vocabSize());
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().startsWith("vocab_size (400)"), warnings.getFirst());
  }

  @Test
  void noDocumentsAndBinaryDocumentsGiveTheBytes() {
    assertEquals(264, train(List.of(), BpeTrainerConfig.of(300)).vocabSize());
    byte[] binary = new byte[10_000];
    Arrays.fill(binary, (byte) 0xFF);
    assertEquals(264, train(List.of(binary, new byte[0]), BpeTrainerConfig.of(300)).vocabSize());
  }

  @Test
  void piecesOfAnyLengthAreCounted() {
    byte[] letters = "ab".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    BpeTokenizer tokenizer = train(List.of(letters), BpeTrainerConfig.of(270));
    assertEquals(270, tokenizer.vocabSize());
    assertEquals("ab".repeat(32), Utf8.string(tokenizer.tokenBytes(269)));
  }

  @Test
  void wrongSettingsAreTheUsersMistake() {
    assertThrows(TokenizerException.class, () -> BpeTrainerConfig.of(263));
    assertThrows(TokenizerException.class, () -> BpeTrainerConfig.of(1 << 25));
    assertThrows(TokenizerException.class, () -> BpeTrainerConfig.of(300).withThreads(0));
    assertThrows(
        TokenizerException.class,
        () -> new BpeTrainerConfig(300, SplitPattern.GPT2, List.of("a", "a"), 1, 1000));
    assertThrows(
        TokenizerException.class,
        () -> new BpeTrainerConfig(300, SplitPattern.GPT2, List.of(), 1, 10));
  }
}
