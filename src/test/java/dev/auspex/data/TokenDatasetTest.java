package dev.auspex.data;

import static dev.auspex.data.Samples.corpus;
import static dev.auspex.data.Samples.folder;
import static dev.auspex.data.Samples.heldout;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenDatasetTest {
  @TempDir Path dir;
  private Path out;

  @BeforeEach
  void buildOne() {
    out = dir.resolve("out");
    Corpus corpus = corpus(heldout(0.1), folder(dir.resolve("in"), 200));
    DatasetBuilder.build(corpus, new ByteEncoder(), 2, out, Progress.NONE);
  }

  private void openAndVerify() {
    try (TokenDataset dataset = TokenDataset.open(out)) {
      dataset.verify();
    }
  }

  private void assertDamageTold(String... parts) {
    UserException e = assertThrows(UserException.class, this::openAndVerify);
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void aSoundDatasetOpens() {
    openAndVerify();
  }

  @ParameterizedTest
  @CsvSource({"0", "10", "63", "64", "65", "1000"})
  void aShardCutShortIsToldByFileAndOffset(int length) throws IOException {
    Path shard = out.resolve("train-00000.bin");
    Files.write(shard, Arrays.copyOf(Files.readAllBytes(shard), length));
    assertDamageTold("train-00000.bin must have", "it ends at offset " + length);
  }

  @Test
  void aShardThatGrewIsTold() throws IOException {
    Path shard = out.resolve("train-00000.bin");
    Files.write(shard, new byte[2], java.nio.file.StandardOpenOption.APPEND);
    assertDamageTold("train-00000.bin must have");
  }

  @ParameterizedTest
  @CsvSource({
    "0, AUSPEXTK at offset 0",
    "8, version 1 at offset 8",
    "12, 2 bytes a token at offset 12",
    "16, tokens at offset 16",
    "24, vocabulary size 257 at offset 24",
    "40, differs between offsets 0 and",
    "64, differs between offsets 0 and",
    "2001, differs between offsets 0 and"
  })
  void aFlippedByteIsToldByFileAndOffset(int offset, String part) throws IOException {
    flip(out.resolve("heldout-00000.bin"), offset);
    assertDamageTold("heldout-00000.bin", part);
  }

  private static void flip(Path file, int offset) throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[offset] ^= 1;
    Files.write(file, content);
  }

  @Test
  void readingAnIdOutsideTheVocabularyIsToldByOffset() throws IOException {
    Path shard = out.resolve("train-00000.bin");
    byte[] content = Files.readAllBytes(shard);
    content[64 + 2 * 17 + 1] = 0x7f;
    Files.write(shard, content);
    try (TokenDataset dataset = TokenDataset.open(out)) {
      BatchSource source = dataset.train(1, 8);
      DataException e =
          assertThrows(
              DataException.class, () -> source.batch(0, (int) source.sequencesPerEpoch()));
      assertTrue(e.getMessage().contains("train-00000.bin"), e.getMessage());
      assertTrue(e.getMessage().contains("at offset " + (64 + 2 * 17)), e.getMessage());
    }
  }

  @Test
  void aMissingShardIsTold() throws IOException {
    Files.delete(out.resolve("train-00000.bin"));
    assertDamageTold("train-00000.bin must exist");
  }

  @Test
  void folderWithoutManifestIsNoDataset() throws IOException {
    Files.delete(out.resolve("dataset.json"));
    assertDamageTold("must be a folder written by 'auspex data build'");
    out = dir.resolve("nowhere");
    assertDamageTold("must be a folder written by 'auspex data build'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"vocab_size\" : 257 | \"vocab_size\" : 258 | numbers agree",
        "\"end_id\" : 256 | \"end_id\" : 257 | numbers agree",
        "auspex-dataset-1 | auspex-dataset-9 | numbers agree",
        "heldout-00000.bin | ../../etc/x.bin | numbers agree",
        "\"bytes_per_token\" | \"bytes_per_tok\" | bytes_per_tok",
        "\"vocab_size\" : 257 | \"vocab_size\" : 257, | dataset.json"
      })
  void aChangedManifestIsTold(String from, String to, String part) throws IOException {
    Path file = out.resolve("dataset.json");
    String text = Files.readString(file);
    assertTrue(text.contains(from), from);
    Files.writeString(file, text.replace(from, to));
    assertDamageTold(part, "dataset.json");
  }

  @Test
  void aManifestCutShortIsToldByLine() throws IOException {
    Path file = out.resolve("dataset.json");
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Files.writeString(file, text.substring(0, text.length() / 2));
    assertDamageTold("dataset.json", "line");
  }

  @Test
  void datasetsAreToldApartByTheirHash() {
    Path other = dir.resolve("other");
    Corpus corpus = corpus(heldout(0.2), dir.resolve("in"));
    DatasetBuilder.build(corpus, new ByteEncoder(), 2, other, Progress.NONE);
    try (TokenDataset one = TokenDataset.open(out);
        TokenDataset two = TokenDataset.open(other)) {
      assertNotEquals(one.sha256(), two.sha256());
    }
  }
}
