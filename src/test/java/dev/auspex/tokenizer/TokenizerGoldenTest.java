package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Ids that other implementations published.
class TokenizerGoldenTest {
  private static int[] ints(JsonNode list) {
    return Json.MAPPER.convertValue(list, int[].class);
  }

  private static BpeTokenizer tiktoken(String encoding) {
    return BpeTokenizer.load(Shared.tokenizers("tiktoken/" + encoding + ".tiktoken.gz"));
  }

  private static BpeTokenizer gpt2() {
    return BpeTokenizer.load(Shared.tokenizers("gpt2_bpe/gpt2_vocab.json"));
  }

  private static int checkVectors(BpeTokenizer tokenizer, String encoding) {
    List<String> lines = Shared.text("tiktoken/vectors_" + encoding + ".jsonl").lines().toList();
    for (String line : lines) {
      JsonNode vector = Json.MAPPER.readTree(line);
      String text = vector.path("text").asString();
      int[] ids = tokenizer.encode(text);
      assertArrayEquals(ints(vector.path("tokens")), ids, vector.path("id").asString());
      assertEquals(text, tokenizer.decode(ids));
    }
    return lines.size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cl100k_base", "r50k_base"})
  void tiktokenVectorsGiveTheirIds(String encoding) {
    assertEquals(167, checkVectors(tiktoken(encoding), encoding));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cl100k_base", "r50k_base"})
  void aSavedRankFileGivesTheSameIdsWhenLoadedAgain(String encoding, @TempDir Path folder) {
    Path saved = folder.resolve("tokenizer.json");
    tiktoken(encoding).save(saved);
    checkVectors(BpeTokenizer.load(folder), encoding);
  }

  @Test
  void gpt2FilesGiveTheIdsOfR50k() {
    checkVectors(gpt2(), "r50k_base");
  }

  @Test
  void gpt2FilesGiveTheIdsOfLlamaCpp() {
    String[] texts =
        Shared.text("ggml_vocab/ggml-vocab-gpt-2.gguf.inp").split("\n__ggml_vocab_test__\n");
    String[] expected = Shared.text("ggml_vocab/ggml-vocab-gpt-2.gguf.out").split("\n", -1);
    BpeTokenizer tokenizer = gpt2();
    assertTrue(texts.length > 40, "texts read: " + texts.length);
    for (int i = 0; i < texts.length; i++) {
      int[] ids =
          Arrays.stream(expected[i].strip().split(" "))
              .filter(id -> !id.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      assertArrayEquals(ids, tokenizer.encode(texts[i]), "text " + i + ": " + texts[i]);
    }
  }

  @Test
  void specialTokensAreFoundOnlyInTemplates() {
    BpeTokenizer tokenizer = tiktoken("cl100k_base");
    for (JsonNode vector : Json.MAPPER.readTree(Shared.text("tiktoken/vectors_special.json"))) {
      String text = vector.path("text").asString();
      assertArrayEquals(ints(vector.path("tokens")), tokenizer.encodeWithSpecials(text));
      for (int id : tokenizer.encode(text)) {
        assertTrue(id < 100257, "special id " + id + " from plain text");
      }
      assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    }
  }

  @Test
  void trainingGivesTheReferencesMergesAndVocabulary() {
    byte[] corpus =
        Shared.text("gpt2_bpe/corpus.en").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    BpeTrainerConfig config =
        new BpeTrainerConfig(500, SplitPattern.GPT2, List.of("<|endoftext|>"), 2, 1_000_000);
    BpeTokenizer tokenizer =
        BpeTrainer.train(List.of(corpus).iterator(), config, dev.auspex.io.Progress.NONE)
            .tokenizer();
    List<String> merges = Shared.text("gpt2_bpe/train-bpe-reference-merges.txt").lines().toList();
    for (int i = 0; i < merges.size(); i++) {
      String[] pair = merges.get(i).split(" ");
      String learnt = ByteAlphabet.write(tokenizer.tokenBytes(257 + i));
      assertEquals(pair[0] + pair[1], learnt, "merge " + i);
    }
    assertEquals(500, tokenizer.vocabSize());
    JsonNode vocab = Json.MAPPER.readTree(Shared.text("gpt2_bpe/train-bpe-reference-vocab.json"));
    assertEquals(500, vocab.size());
    for (int id = 257; id < 500; id++) {
      assertEquals(id, vocab.path(ByteAlphabet.write(tokenizer.tokenBytes(id))).asInt(-1));
    }
  }
}
