package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.auspex.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

  /// Ids from `spm_encode --model=tok105.model --output_format=id`.
  @Test
  void aModelOfSentencePiecesOwnGivesItsIds(@TempDir Path folder) {
    Tokenizer tokenizer = Tokenizer.load(Shared.models("babyllama105/tok105.model"));
    Path json = folder.resolve("tokenizer.json");
    tokenizer.save(json);
    Map<String, int[]> expected =
        Map.of(
            "Once upon a time",
            new int[] {3, 34, 9, 22, 4, 3, 18, 20, 7, 9, 3, 5, 3, 6, 10, 16, 4},
            "  two   spaces  here ",
            new int[] {3, 6, 17, 7, 3, 12, 20, 5, 22, 4, 12, 3, 8, 4, 13, 4},
            "Zoë ünï 日本語 x",
            new int[] {3, 62, 7, 0, 3, 0, 9, 0, 3, 0, 3, 37},
            "Tab\tand",
            new int[] {3, 27, 5, 23, 0, 5, 9, 11});
    expected.forEach(
        (text, ids) -> {
          assertArrayEquals(ids, tokenizer.encode(text), text);
          assertArrayEquals(ids, Tokenizer.load(json).encode(text), text);
        });
    assertEquals(2, tokenizer.specialId("</s>").orElseThrow());
  }

  @Test
  void llama2sModelGivesTheIdsOfItsOtherForm() {
    Tokenizer model = Tokenizer.load(Shared.models("llama2c/tokenizer.model"));
    Tokenizer bin = Llama2cVocabulary.read(Shared.models("llama2c/tokenizer.bin"), 32000);
    for (String text : texts()) {
      assertArrayEquals(bin.encode(text), model.encode(text), text);
    }
    assertEquals(bin.specials(), model.specials());
  }

  /// A protocol buffer by hand: `<unk>`, `a`, `▁`, and 256 bytes where asked for.
  private static byte[] model(int type, boolean normal, boolean bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    field(out, 1, piece("<unk>", 2));
    field(out, 1, piece("a", 1));
    field(out, 1, piece("▁", 1));
    for (int b = 0; bytes && b < 256; b++) {
      field(out, 1, piece("<0x%02X>".formatted(b), 6));
    }
    field(out, 2, new byte[] {3 << 3, (byte) type});
    field(out, 3, normal ? new byte[] {2 << 3 | 2, 1, 7} : new byte[] {4 << 3, 0});
    return out.toByteArray();
  }

  private static byte[] piece(String text, int kind) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    field(out, 1, text.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(new byte[] {2 << 3 | 5, 0, 0, 0, 0, 3 << 3, (byte) kind});
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] content) {
    out.write(number << 3 | 2);
    out.write(content.length);
    out.writeBytes(content);
  }

  private static String refused(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    return assertThrows(TokenizerException.class, () -> Tokenizer.load(file)).getMessage();
  }

  @Test
  void modelsOfOtherKindsAndDamagedOnesAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.model");
    assertTrue(refused(file, model(1, false, true)).contains("model_type (Unigram) must be BPE"));
    assertTrue(refused(file, model(2, true, true)).contains("must be identity"));
    byte[] whole = model(2, false, false);
    Files.write(file, whole);
    assertArrayEquals(new int[] {2, 1, 2, 2, 0, 1}, Tokenizer.load(file).encode("a  ßöa"));
    int beforeTheLastField = whole.length - 4; // a whole model too, with the usual settings
    for (int length = 0; length < whole.length; length++) {
      if (length == beforeTheLastField) {
        continue;
      }
      String message = refused(file, Arrays.copyOf(whole, length));
      assertTrue(message.contains(file.toString()), message);
    }
  }

  @Test
  void addedTokensBesideTheModelAreItsOwn(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("tokenizer.model"), model(2, false, true));
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<pad>\": 260, \"<b>\": 259}");
    Files.writeString(
        folder.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"<pad>\"}}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertEquals(261, tokenizer.vocabSize());
    assertEquals(260, tokenizer.specialId("<pad>").orElseThrow());
    assertArrayEquals(new int[] {2, 1, 259, 1}, tokenizer.encode("a<b>a"));
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<pad>\": 1}");
    assertThrows(TokenizerException.class, () -> Tokenizer.load(folder));
  }
}
