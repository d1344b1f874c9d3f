package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Broken tokenizer files: one line that names the file, the place, the rule and the cure.
class MalformedFilesTest {
  @TempDir private Path folder;
  private String good = "";

  @BeforeEach
  void saveAGoodOne() throws Exception {
    Path file = folder.resolve("good.json");
    BpeTokenizerTest.trained("the cat sat on the mat, the cat", 275).save(file);
    good = Files.readString(file);
  }

  private static Arguments json(String kind, UnaryOperator<String> damage, String... mustBeSaid) {
    return Arguments.of(kind, damage, mustBeSaid);
  }

  private static UnaryOperator<String> replacing(String regex, String replacement) {
    return text -> {
      String damaged = text.replaceFirst(regex, replacement);
      assertTrue(!damaged.equals(text), "the damage must be done");
      return damaged;
    };
  }

  static Stream<Arguments> brokenJson() {
    return Stream.of(
        json("empty", _ -> "", "is empty"),
        json("cut short", text -> text.substring(0, text.length() / 2), "valid JSON: line"),
        json("not JSON", _ -> "PK\u0003\u0004", "valid JSON: line 1"),
        json("an array", _ -> "[]", "model must be an object"),
        json("no model", replacing("\"model\"", "\"mode\""), "model must be an object"),
        json("no vocabulary", replacing("\"vocab\"", "\"vocabulary\""), "model.vocab"),
        json("no merges", replacing("\"merges\"", "\"merge\""), "model.merges"),
        json("WordPiece", replacing("\"BPE\"", "\"WordPiece\""), "model.type (WordPiece)"),
        json("Unigram", replacing("\"BPE\"", "\"Unigram\""), "model.type (Unigram)"),
        json(
            "byte fallback",
            replacing("\"byte_fallback\" : false", "\"byte_fallback\" : true"),
            "model.byte_fallback (true)"),
        json(
            "Metaspace", replacing("\"Split\"", "\"Metaspace\""), "pre_tokenizer.type (Metaspace)"),
        json(
            "lower case",
            replacing("\"normalizer\" : null", "\"normalizer\" : {\"type\":\"Lowercase\"}"),
            "normalizer.type (Lowercase)"),
        json("merged behaviour", replacing("Isolated", "MergedWithNext"), "MergedWithNext"),
        json("no byte level", replacing("\"ByteLevel\",", "\"Digits\","), "ByteLevel"),
        json("bad pattern", replacing("\"Regex\" : \"", "\"Regex\" : \"("), "split pattern"),
        json("id twice", replacing("\"b\" : \\d+", "\"b\" : 74"), "id (74)", "belong to one"),
        json("id negative", replacing("\"b\" : \\d+", "\"b\" : -5"), "\"b\" (-5)"),
        json("id huge", replacing("\"b\" : \\d+", "\"b\" : 2000000000"), "(2000000000)"),
        json("id beyond int", replacing("\"b\" : \\d+", "\"b\" : 99999999999"), "99999999999"),
        json("id a word", replacing("\"b\" : \\d+", "\"b\" : \"x\""), "id of \"b\""),
        json("id gap", replacing("\"cat\" : (\\d+)", "\"cat\" : 300"), "without gaps"),
        json("byte missing", replacing("\"b\" : ", "\"bb\" : "), "byte (0x62)"),
        json("merge unknown", replacing("\"t h\"", "\"q qq\""), "model.merges[", "\"qq\""),
        json("merge of one", replacing("\"t h\"", "\"th\""), "model.merges[", "two tokens"),
        json("not byte level", replacing("\"cat\" : ", "\"c t\" : "), "\"c t\"", "byte-level"),
        json("added nameless", replacing("<\\|end\\|>", ""), "added_tokens[0]"),
        json(
            "added strips", replacing("\"lstrip\" : false", "\"lstrip\" : true"), "lstrip (true)"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenJson")
  void brokenTokenizerJsonIsToldInOneLine(
      String kind, UnaryOperator<String> damage, String[] mustBeSaid) throws Exception {
    Path file = folder.resolve("broken.json");
    Files.writeString(file, damage.apply(good));
    assertTold(file, mustBeSaid);
  }

  private static void assertTold(Path file, String... mustBeSaid) {
    String message =
        assertThrows(TokenizerException.class, () -> BpeTokenizer.load(file)).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String words : mustBeSaid) {
      assertTrue(message.contains(words), message);
    }
    assertTrue(message.length() < 400, message);
  }

  private static String ranks(int number) {
    StringBuilder lines = new StringBuilder();
    for (int rank = 0; rank < number; rank++) {
      byte[] token = rank < 256 ? new byte[] {(byte) rank} : new byte[] {'a', (byte) rank};
      lines.append(Base64.getEncoder().encodeToString(token)).append(' ').append(rank);
      lines.append('\n');
    }
    return lines.toString();
  }

  static Stream<Arguments> brokenRanks() {
    String good = ranks(260);
    return Stream.of(
        json("empty", _ -> "", "is empty"),
        json("cut short", _ -> good.substring(0, 300), "fetch the file again"),
        json("bytes missing", _ -> ranks(200), "byte (0xC8)"),
        json("bad base64", _ -> good.replace("\nAQ== 1\n", "\n!Q== 1\n"), "line 2 (!Q==)"),
        json("no rank", _ -> good.replace("\nAQ== 1\n", "\nAQ==\n"), "line 2 (AQ==)"),
        json("negative", _ -> good.replace("\nAQ== 1\n", "\nAQ== -1\n"), "line 2 (-1)"),
        json("a word", _ -> good.replace("\nAQ== 1\n", "\nAQ== one\n"), "line 2 (one)"),
        json("huge", _ -> good.replace("\nAQ== 1\n", "\nAQ== 2000000000\n"), "(2000000000)"),
        json("token twice", _ -> good + "AQ== 260\n", "line 261", "repeat"),
        json("rank twice", _ -> good + "YWFh 1\n", "rank (1)", "twice"),
        json("gap", _ -> good + "YWFh 270\n", "rank (260) is missing"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenRanks")
  void brokenRankFilesAreToldInOneLine(
      String kind, UnaryOperator<String> content, String[] mustBeSaid) throws Exception {
    Path file = folder.resolve("gpt2.tiktoken");
    Files.writeString(file, ranks(260));
    assertEquals(50257, BpeTokenizer.load(file).vocabSize());
    Files.writeString(file, content.apply(""));
    assertTold(file, mustBeSaid);
  }

  @Test
  void unknownEncodingsMissingFilesAndBrokenGzipAreTold() throws Exception {
    Path unknown = folder.resolve("other.tiktoken");
    Files.writeString(unknown, ranks(256));
    assertTold(unknown, "encoding (other)", "cl100k_base");
    assertEquals(256, BpeTokenizer.loadTiktoken(unknown, "[a-z]+|[^a-z]+").vocabSize());
    assertTold(folder.resolve("absent.json"), "does not exist");
    Path packed = folder.resolve("tokenizer.json.gz");
    Files.write(packed, "no gzip".getBytes(StandardCharsets.UTF_8));
    assertTold(packed, "gzip");
    assertTold(Files.createDirectory(folder.resolve("nothing")), "must hold tokenizer.json");
  }

  @Test
  void brokenMergesBesideAVocabularyNameTheirLine() throws Exception {
    String vocab = good.substring(good.indexOf("\"vocab\" : {") + 10);
    Files.writeString(
        folder.resolve("vocab.json"), vocab.substring(0, vocab.indexOf("\n    }") + 6));
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nt h\nt zz\n");
    assertTold(folder.resolve("vocab.json"), "merges.txt line 3", "\"zz\"");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nt h\n");
    assertEquals(275, BpeTokenizer.load(folder.resolve("vocab.json")).vocabSize());
  }
}
