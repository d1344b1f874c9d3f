package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// SentencePiece vocabularies against ids from elsewhere: the model's own output, sentencepiece
/// itself, Hugging Face tokenizers.
class SentencePieceTest {
  private static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static Tokenizer stories() {
    return Llama2cVocabulary.read(Shared.models("stories260K/tok512.bin"), 512);
  }

  @Test
  void textsGetTheIdsThatTheModelWrote() {
    Tokenizer tokenizer = stories();
    JsonNode golden = Json.readTree(Shared.models("stories260K/golden.json"));
    for (JsonNode vector : golden.path("encode_vectors")) {
      int[] ids = ids(vector.path("ids"));
      String text = vector.path("text").asString();
      assertArrayEquals(ids, tokenizer.encode(text), text);
      assertEquals(text, tokenizer.decode(ids));
    }
  }

  @Test
  void savedAsTokenizerJsonItGivesTheSameIdsHereAndInHuggingFaceTokenizers(@TempDir Path folder)
      throws Exception {
    for (Tokenizer tokenizer :
        List.of(stories(), Llama2cVocabulary.read(Shared.models("llama2c/tokenizer.bin"), 32000))) {
      Path json = folder.resolve("tokenizer.json");
      tokenizer.save(json);
      Tokenizer again = Tokenizer.load(json);
      assertEquals(tokenizer.vocabSize(), again.vocabSize());
      Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false");
      try (HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(json, options)) {
        for (String text : texts()) {
          int[] ids = tokenizer.encode(text);
          assertArrayEquals(ids, again.encode(text), text);
          int[] their =
              Arrays.stream(theirs.encode(text, false, false).getIds())
                  .mapToInt(id -> (int) id)
                  .toArray();
          assertArrayEquals(their, ids, text);
          assertEquals(text, tokenizer.decode(ids));
        }
      }
    }
  }

  private static List<String> texts() {
    List<String> texts = new ArrayList<>();
    texts.add("Hello, world!  Two  spaces\n\nand a tab\t.");
    texts.add("Grüße, 日本語, 👩‍👩‍👧, नमस्ते");
    texts.add("x".repeat(200));
    Json.readTree(Shared.models("stories260K/golden.json"))
        .path("encode_vectors")
        .forEach(vector -> texts.add(vector.path("text").asString()));
    return texts;
  }

  @Test
  void aSpecialTokensNameInTextIsText() {
    Tokenizer tokenizer = stories();
    assertTrue(Arrays.stream(tokenizer.encode("<s> hi </s>")).noneMatch(tokenizer::isSpecial));
    assertEquals(1, tokenizer.encodeWithSpecials("<s>")[0]);
    assertEquals(2, tokenizer.specialId("</s>").orElseThrow());
  }

  @Test
  void aVocabularyOfTheWrongSizeIsRefused() {
    for (int size : new int[] {511, 513, 1 << 30}) {
      Path file = Shared.models("stories260K/tok512.bin");
      String message =
          assertThrows(TokenizerException.class, () -> Llama2cVocabulary.read(file, size))
              .getMessage();
      assertTrue(message.contains("byte"), message);
    }
    assertThrows(
        TokenizerException.class,
        () -> Llama2cVocabulary.read(Files.createTempFile("tok", ".bin"), 5));
  }
}
