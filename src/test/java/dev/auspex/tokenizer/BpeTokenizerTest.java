package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Encoding, decoding, special tokens, saving.
class BpeTokenizerTest {
  private static final String TEXT =
      "the cat sat on the mat; the hat is on the cat. Der Hut ist blau, naïve façade 1234 "
          + "नमस्ते नमस्ते 日本語 日本語 public static void main(String[] args) {\n    return;\n}\n";

  static BpeTokenizer trained(String text, int vocabSize) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return BpeTrainer.train(
            List.of(bytes).iterator(), BpeTrainerConfig.of(vocabSize), Progress.NONE)
        .tokenizer();
  }

  private static final BpeTokenizer TOKENIZER = trained(TEXT, 320);

  /// The slow twin: merges one piece by scanning all pairs each time.
  private static int[] naive(Vocabulary vocabulary, byte[] piece) {
    int[] byteIds = vocabulary.byteIds();
    List<Integer> ids =
        new ArrayList<>(
            IntStream.range(0, piece.length).mapToObj(i -> byteIds[piece[i] & 0xFF]).toList());
    Merges merges = vocabulary.merges();
    for (int m = 0; m < merges.size(); m++) {
      for (int i = 0; i + 1 < ids.size(); i++) {
        if (ids.get(i) == merges.left(m) && ids.get(i + 1) == merges.right(m)) {
          ids.set(i, merges.result(m));
          ids.remove(i + 1);
        }
      }
    }
    return ids.stream().mapToInt(i -> i).toArray();
  }

  @Test
  void shortAndLongPiecesMergeAsTheNaiveTwinDoes() {
    byte[] sample = "abababcabcaabbaabbcacacaaaaabbbbb".getBytes(StandardCharsets.UTF_8);
    BpeTrainerConfig config = new BpeTrainerConfig(300, "[\\s\\S]+", List.of(), 1, 1000);
    BpeTokenizer tokenizer =
        BpeTrainer.train(List.of(sample).iterator(), config, Progress.NONE).tokenizer();
    Vocabulary vocabulary = tokenizer.vocabulary();
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      byte[] piece = new byte[1 + random.nextInt(seed % 3 == 0 ? 400 : 40)];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = (byte) ('a' + random.nextInt(3));
      }
      int[] expected = naive(vocabulary, piece);
      assertArrayEquals(expected, tokenizer.encode(piece), "seed " + seed);
      assertArrayEquals(expected, tokenizer.encode(piece), "again, seed " + seed);
    }
  }

  @Test
  void aWorkedExampleMergesByHand() {
    BpeTrainerConfig config = new BpeTrainerConfig(258, SplitPattern.AUSPEX, List.of(), 1, 1000);
    byte[] text = "ab ab abc".getBytes(StandardCharsets.UTF_8);
    BpeTokenizer tokenizer =
        BpeTrainer.train(List.of(text).iterator(), config, Progress.NONE).tokenizer();
    // pieces: "ab", " ab", " abc"; pair ab occurs 3 times, then " ab" twice
    assertEquals("ab", new String(tokenizer.tokenBytes(256), StandardCharsets.UTF_8));
    assertEquals(" ab", new String(tokenizer.tokenBytes(257), StandardCharsets.UTF_8));
    assertArrayEquals(new int[] {256, 257, 257, 'c'}, tokenizer.encode("ab ab abc"));
  }

  @Test
  void anyStringAndAnyBytesComeBackExactly() {
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      String text = RandomTexts.text(random);
      assertEquals(text, TOKENIZER.decode(TOKENIZER.encode(text)), "seed " + seed);
      byte[] bytes = RandomTexts.bytes(random);
      assertArrayEquals(bytes, TOKENIZER.decodeBytes(TOKENIZER.encode(bytes)), "seed " + seed);
    }
    byte[] binary = new byte[100_000];
    new Random(1).nextBytes(binary);
    assertArrayEquals(binary, TOKENIZER.decodeBytes(TOKENIZER.encode(binary)));
  }

  @Test
  void aVeryLongPieceTakesLittleTimeAndComesBack() {
    String text = "the".repeat(300_000);
    int[] ids = TOKENIZER.encode(text);
    assertEquals(text, TOKENIZER.decode(ids));
  }

  @Test
  void plainTextNeverGivesSpecialIds() {
    String text = String.join(" ", SpecialTokens.ALL) + String.join("", SpecialTokens.ALL);
    assertTrue(Arrays.stream(TOKENIZER.encode(text)).noneMatch(TOKENIZER::isSpecial));
    assertTrue(
        Arrays.stream(TOKENIZER.encode(text.getBytes(StandardCharsets.UTF_8)))
            .noneMatch(TOKENIZER::isSpecial));
    assertEquals(text, TOKENIZER.decode(TOKENIZER.encode(text)));
  }

  @Test
  void specialNamesAreNeverLearntAsTokensHoweverOftenTheyOccur() {
    BpeTrainerConfig config = new BpeTrainerConfig(290, "[\\s\\S]+", List.of("<|end|>"), 1, 1000);
    byte[] text = "<|end|><|end|><|end|>".getBytes(StandardCharsets.UTF_8);
    BpeTokenizer tokenizer =
        BpeTrainer.train(List.of(text).iterator(), config, Progress.NONE).tokenizer();
    for (int id = 1; id < tokenizer.vocabSize(); id++) {
      assertFalse(Utf8.string(tokenizer.tokenBytes(id)).equals("<|end|>"), "id " + id);
    }
  }

  @Test
  void templatesGiveSpecialIdsAndSpecialsComeFirst() {
    int user = TOKENIZER.specialId(SpecialTokens.USER).orElseThrow();
    int[] ids = TOKENIZER.encodeWithSpecials("<|user|>the cat<|turn_end|>");
    assertEquals(user, ids[0]);
    assertEquals(TOKENIZER.specialId(SpecialTokens.TURN_END).orElseThrow(), ids[ids.length - 1]);
    assertArrayEquals(TOKENIZER.encode("the cat"), Arrays.copyOfRange(ids, 1, ids.length - 1));
    assertEquals(List.copyOf(TOKENIZER.specials().keySet()), SpecialTokens.ALL);
    assertArrayEquals(
        IntStream.range(0, 8).toArray(),
        TOKENIZER.specials().values().stream().mapToInt(i -> i).toArray());
    assertEquals(OptionalInt.empty(), TOKENIZER.specialId("<|nothing|>"));
    assertEquals("<|user|>the cat<|turn_end|>", TOKENIZER.decode(ids));
  }

  @Test
  void idsOutsideTheVocabularyAreTheUsersMistake() {
    for (int id : new int[] {-1, TOKENIZER.vocabSize()}) {
      String message =
          assertThrows(TokenizerException.class, () -> TOKENIZER.decode(new int[] {id}))
              .getMessage();
      assertTrue(message.startsWith("id (" + id + ") must be between 0 and 319"), message);
    }
    assertFalse(TOKENIZER.isSpecial(-1));
  }

  @Test
  void aSavedTokenizerLoadsToTheSameIdsAndTheSameFile(@TempDir Path folder) throws Exception {
    Path first = folder.resolve("tokenizer.json");
    TOKENIZER.save(first);
    BpeTokenizer loaded = BpeTokenizer.load(first);
    assertEquals(TOKENIZER.specials(), loaded.specials());
    for (int seed = 0; seed < 2_000; seed++) {
      byte[] bytes = RandomTexts.bytes(new Random(seed));
      assertArrayEquals(TOKENIZER.encode(bytes), loaded.encode(bytes), "seed " + seed);
    }
    Path second = folder.resolve("again.json");
    loaded.save(second);
    assertEquals(-1, Files.mismatch(first, second));
  }

  @Test
  void threadsShareOneTokenizer() throws Exception {
    int[] expected = TOKENIZER.encode(TEXT.repeat(20));
    Callable<Boolean> same = () -> Arrays.equals(expected, TOKENIZER.encode(TEXT.repeat(20)));
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> result : pool.invokeAll(Collections.nCopies(200, same))) {
        assertTrue(result.get());
      }
    }
  }
}
