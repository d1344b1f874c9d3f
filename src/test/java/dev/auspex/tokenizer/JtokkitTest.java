package dev.auspex.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.auspex.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rank files that jtokkit carries, here and there.
class JtokkitTest {
  @ParameterizedTest
  @CsvSource({"R50K_BASE,50257", "P50K_BASE,50281", "CL100K_BASE,100277", "O200K_BASE,200019"})
  void itsEncodingsGiveTheSameIds(EncodingType type, int vocabSize, @TempDir Path folder)
      throws IOException {
    String name = type.getName() + ".tiktoken";
    Path file = folder.resolve(name);
    try (InputStream in = Encodings.class.getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    BpeTokenizer ours = BpeTokenizer.load(file);
    assertEquals(vocabSize, ours.vocabSize());
    Encoding theirs = Encodings.newLazyEncodingRegistry().getEncoding(type);
    for (String line : Shared.text("tiktoken/vectors_cl100k_base.jsonl").lines().toList()) {
      String text = Json.MAPPER.readTree(line).path("text").asString();
      assertArrayEquals(theirs.encodeOrdinary(text).toArray(), ours.encode(text), line);
    }
    String corpus = Shared.text("gpt2_bpe/corpus.en");
    assertArrayEquals(theirs.encodeOrdinary(corpus).toArray(), ours.encode(corpus));
  }
}
