package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The hand-written splitters against the regular expressions they stand for.
class SplitterTest {
  private static List<Integer> ends(Splitter splitter, byte[] text) {
    Splitter.Cursor cursor = splitter.cursor(text, 0, text.length);
    List<Integer> ends = new ArrayList<>();
    for (int end = cursor.next(); end >= 0; end = cursor.next()) {
      ends.add(end);
    }
    return ends;
  }

  private static List<String> pieces(String pattern, String text) {
    byte[] bytes = Utf8.bytes(text);
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int end : ends(SplitPattern.splitter(pattern), bytes)) {
      pieces.add(Utf8.string(Arrays.copyOfRange(bytes, start, end)));
      start = end;
    }
    return pieces;
  }

  private static void assertSame(String pattern, byte[] text, String about) {
    Splitter fast = SplitPattern.splitter(pattern);
    assertFalse(fast instanceof RegexSplitter, pattern);
    List<Integer> expected = ends(new RegexSplitter(pattern), text);
    assertEquals(expected, ends(fast, text), about);
    assertTrue(text.length == 0 || expected.getLast() == text.length, about);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auspex", "gpt2", "cl100k", "o200k"})
  void fastSplittersCutRandomTextAsTheirPatternDoes(String name) {
    String pattern = SplitPattern.named(name).orElseThrow();
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      assertSame(pattern, Utf8.bytes(RandomTexts.text(random)), "text of seed " + seed);
      assertSame(pattern, RandomTexts.bytes(random), "bytes of seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auspex", "gpt2", "cl100k", "o200k"})
  void fastSplittersCutRealTextAsTheirPatternDoes(String name) {
    String pattern = SplitPattern.named(name).orElseThrow();
    for (String file : List.of("gpt2_bpe/corpus.en", "gpt2_bpe/german.txt")) {
      assertSame(pattern, Shared.text(file).getBytes(StandardCharsets.UTF_8), file);
    }
    for (String line : Shared.text("tiktoken/vectors_cl100k_base.jsonl").lines().toList()) {
      String text = Json.MAPPER.readTree(line).path("text").asString();
      assertSame(pattern, text.getBytes(StandardCharsets.UTF_8), line);
    }
  }

  @Test
  void everyCodePointIsCutAsThePatternsDo() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      all.appendCodePoint(c).append(c % 3 == 0 ? "a" : c % 3 == 1 ? " !" : " ");
    }
    byte[] text = Utf8.bytes(all.toString());
    for (String name : List.of("auspex", "gpt2", "cl100k", "o200k")) {
      assertSame(SplitPattern.named(name).orElseThrow(), text, name);
    }
  }

  @Test
  void ourPatternKeepsWordsWithMarksAndCutsDigitsInTwos() {
    assertEquals(
        List.of("It", "'s", " ", "12", "34", "5", ",", " नमस्ते", "\n\n", "  ", " x"),
        pieces(SplitPattern.AUSPEX, "It's 12345, नमस्ते\n\n   x"));
  }

  @Test
  void unknownPatternsRunAsRegularExpressionsAndKeepTheGaps() {
    assertInstanceOf(RegexSplitter.class, SplitPattern.splitter("[a-z]+"));
    assertEquals(List.of("ab", "1 2", "cd", "€"), pieces("[a-z]+", "ab1 2cd€"));
    assertEquals(List.of("ab"), pieces("x*", "ab"));
  }

  @Test
  void aPatternThatIsNoRegularExpressionIsTheUsersMistake() {
    String message =
        assertThrows(TokenizerException.class, () -> SplitPattern.splitter("(a")).getMessage();
    assertTrue(message.contains("(a"), message);
  }
}
