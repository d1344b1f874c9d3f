package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ids of `tokenizer.json` here and in Hugging Face tokenizers (the Rust library, through DJL).
class HuggingFaceTest {
  private static final List<String> AWKWARD =
      List.of(
          "",
          " ",
          "   \n\n  \t x  ",
          "\r\n\r\n  a\r b",
          "It's WE'LL don'T '\u017f x'y",
          "1 12 123 1234567890 3.14159e-10 ½ ٣٤٥",
          "नमस्ते दुनिया, สวัสดีชาวโลก, مَرحبا بالعالم, שָׁלוֹם, 日本語テキスト、한국어",
          "Z\u0300\u0301\u0302algo e\u0301 \u00e9 ﬁ ㎏ ① ǅ İstanbul",
          "👩‍👩‍👧‍👦🏳️‍🌈🇬🇧 😶‍🌫️ 𝔘𝔫𝔦 𐍈 𠜎",
          "\u0000\u0001\u001b[0m\u007f\u0085\u00a0\u200b\ufeff",
          "public static void main(String[] args) {\n\tint x_1 = 0xFF; // don't\n}\n",
          "<p class=\"a\">&amp;</p> SELECT * FROM t WHERE x>=10; https://a.org/b?c=d#e",
          "a".repeat(300) + " ".repeat(300) + "\n".repeat(50) + "=".repeat(77));

  private static HuggingFaceTokenizer peer(Path json) throws IOException {
    Map<String, String> options =
        Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    return HuggingFaceTokenizer.newInstance(json, options);
  }

  private static List<String> texts() {
    List<String> texts = new ArrayList<>(AWKWARD);
    for (String line : Shared.text("tiktoken/vectors_cl100k_base.jsonl").lines().toList()) {
      texts.add(Json.MAPPER.readTree(line).path("text").asString());
    }
    texts.add(Shared.text("gpt2_bpe/corpus.en"));
    for (int seed = 0; seed < 2_000; seed++) {
      texts.add(RandomTexts.text(new Random(seed)));
    }
    return texts;
  }

  /// Whether both can take it: no unpaired surrogate (Rust strings have none), no name of a special
  /// token (which Hugging Face finds in any text), no character whose class is younger than the
  /// Unicode tables of the two.
  private static boolean comparable(String text, BpeTokenizer tokenizer) {
    return tokenizer.specials().keySet().stream().noneMatch(text::contains)
        && text.codePoints()
            .allMatch(c -> Character.isDefined(c) && Character.getType(c) != Character.SURROGATE);
  }

  private static void assertSameIds(BpeTokenizer ours, Path json, List<String> texts)
      throws IOException {
    int compared = 0;
    try (HuggingFaceTokenizer theirs = peer(json)) {
      for (String text : texts) {
        if (comparable(text, ours)) {
          int[] expected =
              Arrays.stream(theirs.encode(text, false, false).getIds())
                  .mapToInt(id -> (int) id)
                  .toArray();
          assertArrayEquals(expected, ours.encode(text), () -> "text: " + Json.line(text));
          compared++;
        }
      }
    }
    assertEquals(true, compared > texts.size() / 4, "compared " + compared + " texts");
  }

  private static BpeTokenizer trained(String pattern) {
    List<byte[]> documents = new ArrayList<>();
    AWKWARD.forEach(text -> documents.add(text.getBytes(StandardCharsets.UTF_8)));
    for (String line : Shared.text("tiktoken/vectors_cl100k_base.jsonl").lines().toList()) {
      documents.add(line.getBytes(StandardCharsets.UTF_8));
    }
    BpeTrainerConfig config = new BpeTrainerConfig(3000, pattern, SpecialTokens.ALL, 2, 1_000_000);
    return BpeTrainer.train(documents.iterator(), config, Progress.NONE).tokenizer();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auspex", "gpt2", "cl100k", "o200k"})
  void whatWeTrainAndSaveGivesTheSameIdsThere(String pattern, @TempDir Path folder)
      throws IOException {
    List<String> texts = texts();
    BpeTokenizer tokenizer = trained(SplitPattern.named(pattern).orElseThrow());
    Path json = folder.resolve("tokenizer.json");
    tokenizer.save(json);
    assertSameIds(tokenizer, json, texts);
  }

  @Test
  void specialTokensHaveTheSameIdsThere(@TempDir Path folder) throws IOException {
    BpeTokenizer tokenizer = BpeTokenizerTest.trained("some text, some more text", 270);
    Path json = folder.resolve("tokenizer.json");
    tokenizer.save(json);
    String template = "<|system|>some<|turn_end|><|user|> text<|turn_end|><|assistant|><|end|>";
    try (HuggingFaceTokenizer theirs = peer(json)) {
      int[] expected =
          Arrays.stream(theirs.encode(template, false, false).getIds())
              .mapToInt(id -> (int) id)
              .toArray();
      assertArrayEquals(expected, tokenizer.encodeWithSpecials(template));
    }
  }

  @Test
  void aSavedTiktokenVocabularyGivesTheSameIdsThere(@TempDir Path folder) throws IOException {
    BpeTokenizer tokenizer =
        BpeTokenizer.load(Shared.tokenizers("tiktoken/cl100k_base.tiktoken.gz"));
    Path json = folder.resolve("tokenizer.json");
    tokenizer.save(json);
    assertSameIds(tokenizer, json, texts());
  }

  @Test
  void anotherProjectsTokenizerWithNormalFormCAndAddedWhiteSpaceGivesTheSameIds(
      @TempDir Path folder) throws IOException {
    Path packed = Shared.tokenizers("hf_tokenizer_json/allenai_gpt-neox-olmo-dolma-v1_5.json.gz");
    BpeTokenizer tokenizer = BpeTokenizer.load(packed);
    Path json = folder.resolve("tokenizer.json");
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, json);
    }
    assertSameIds(tokenizer, json, texts());
    Path saved = folder.resolve("saved.json");
    tokenizer.save(saved);
    assertSameIds(BpeTokenizer.load(saved), saved, texts());
  }

  @Test
  void digitsPreTokenizersAndPrefixSpacesGiveTheSameIds(@TempDir Path folder) throws IOException {
    Path plain = folder.resolve("plain.json");
    trained(SplitPattern.GPT2).save(plain);
    String json = Files.readString(plain);
    String model = json.substring(json.indexOf("\"decoder\""));
    String head = json.substring(0, json.indexOf("\"pre_tokenizer\""));
    String byteLevel =
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":%s,\"trim_offsets\":true,\"use_regex\":true}";
    List<String> preTokenizers =
        List.of(
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\","
                + "\"individual_digits\":true},"
                + byteLevel.formatted(false)
                + "]}",
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\","
                + "\"individual_digits\":false},"
                + byteLevel.formatted(false)
                + "]}",
            byteLevel.formatted(true));
    for (String preTokenizer : preTokenizers) {
      Path file = folder.resolve("changed.json");
      Files.writeString(file, head + "\"pre_tokenizer\":" + preTokenizer + "," + model);
      BpeTokenizer tokenizer = BpeTokenizer.load(file);
      assertSameIds(tokenizer, file, texts());
      tokenizer.save(file);
      assertSameIds(BpeTokenizer.load(file), file, texts());
    }
  }
}
