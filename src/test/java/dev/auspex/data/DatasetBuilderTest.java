package dev.auspex.data;

import static dev.auspex.data.Samples.corpus;
import static dev.auspex.data.Samples.folder;
import static dev.auspex.data.Samples.heldout;
import static dev.auspex.data.Samples.snapshot;
import static dev.auspex.data.Samples.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DatasetBuilderTest {
  @TempDir Path dir;
  private Path out;

  @BeforeEach
  void chooseFolder() {
    out = dir.resolve("out");
  }

  private Corpus someText() {
    return corpus(heldout(0.1), folder(dir.resolve("in"), 300));
  }

  private Ledger build(Corpus corpus, TokenEncoder encoder, int threads) {
    return DatasetBuilder.build(corpus, encoder, threads, out, Progress.NONE, 1000);
  }

  private List<String> inFolder(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theBytesDoNotDependOnTheNumberOfThreads() {
    Corpus corpus = someText();
    build(corpus, new ByteEncoder(), 1);
    Map<String, String> one = snapshot(out);
    assertTrue(one.containsKey("train-00003.bin") && one.containsKey("heldout-00000.bin"));
    for (int threads : new int[] {2, 7}) {
      build(corpus, new ByteEncoder(), threads);
      assertEquals(one, snapshot(out), threads + " threads");
    }
  }

  @Test
  void everyTokenIsThereInTheOrderOfReading() {
    Corpus corpus = someText();
    build(corpus, new ByteEncoder(), 2);
    StringBuilder train = new StringBuilder();
    StringBuilder heldout = new StringBuilder();
    corpus.pieces(
        corpus.drops(Progress.NONE),
        piece ->
            (piece.split() == Split.TRAIN ? train : heldout)
                .append(new String(piece.document().text(), StandardCharsets.UTF_8))
                .append('|'));
    try (TokenDataset dataset = TokenDataset.open(out)) {
      dataset.verify();
      assertEquals(train.length(), dataset.trainTokens());
      assertEquals(heldout.length(), dataset.heldoutTokens());
      assertEquals(corpus.trainBytes(), dataset.trainBytes());
      int[] all = dataset.heldout(heldout.length(), 0).targets(0, 1);
      StringBuilder back = new StringBuilder();
      for (int id : all) {
        back.append(id == ByteEncoder.END ? '|' : (char) id);
      }
      assertEquals(heldout.toString(), back.toString());
    }
  }

  @Test
  void largeVocabulariesTakeFourBytesAToken() {
    write(dir.resolve("in/a.txt"), "😀 and 漢字 ".repeat(300));
    write(dir.resolve("in/b.txt"), "é".repeat(999));
    build(corpus(heldout(0.5), dir.resolve("in")), new CharacterEncoder(), 2);
    try (TokenDataset dataset = TokenDataset.open(out)) {
      dataset.verify();
      assertEquals(4, dataset.manifest().bytesPerToken());
      assertEquals(300 * 9 + 999, dataset.trainTokens() + dataset.heldoutTokens() - ends(dataset));
    }
    assertTrue(Files.exists(out.resolve("tokenizer.json")));
  }

  private static long ends(TokenDataset dataset) {
    return dataset.manifest().train().documents() + dataset.manifest().heldout().documents();
  }

  @Test
  void theLedgerTellsWhereEverythingWentAndAddsUp() {
    folder(dir.resolve("in"), 50);
    folder(dir.resolve("more"), 60);
    write(dir.resolve("more/broken.zip"), "no zip");
    write(dir.resolve("more/notes.jsonl"), "{\"text\":\"fine\"}\n{oops\n");
    Ledger ledger =
        build(corpus(heldout(0.2), dir.resolve("in"), dir.resolve("more")), new ByteEncoder(), 2);
    Ledger written = Json.read(out.resolve("ledger.json"), Ledger.class);
    assertEquals(ledger, written);
    Ledger.Entry in = ledger.sources().get(0);
    Ledger.Entry more = ledger.sources().get(1);
    assertEquals(50, in.documents());
    assertEquals(11, more.documents());
    assertEquals("CC0-1.0", more.licence());
    assertEquals(dir.resolve("more").toString(), more.origin());
    assertEquals(Set.of("duplicate", "broken_archive", "broken_json"), more.dropped().keySet());
    assertEquals(50, more.dropped().get("duplicate").count());
    assertTrue(more.dropped().get("broken_json").examples().getFirst().contains("notes.jsonl:2"));
    assertEquals(61, ledger.totals().documents());
    assertEquals(in.bytes() + more.bytes(), ledger.totals().bytes());
    assertEquals(ledger.totals().bytes() + 61, ledger.totals().tokens());
    assertEquals(
        in.heldout().documents() + more.heldout().documents(),
        ledger.totals().heldout().documents());
    assertEquals(64, in.sha256().length());
    JsonNode tree = Json.readTree(out.resolve("ledger.json"));
    assertEquals(
        50, tree.path("sources").path(1).path("dropped").path("duplicate").path("count").asInt());
  }

  @Test
  void heldOutTextsAreKeptForReports() throws IOException {
    Ledger ledger = build(someText(), new ByteEncoder(), 2);
    List<String> lines = Files.readAllLines(out.resolve("heldout.jsonl"));
    assertEquals(ledger.totals().heldout().documents(), lines.size());
    JsonNode first = Json.MAPPER.readTree(lines.getFirst());
    assertEquals("in", first.path("source").asString());
    Path file = dir.resolve("in").resolve(first.path("path").asString());
    assertEquals(Files.readString(file), first.path("text").asString());
  }

  @Test
  void anEarlierDatasetIsReplacedAndOnlyByAWholeOne() throws IOException {
    build(someText(), new CharacterEncoder(), 2);
    Map<String, String> before = snapshot(out);
    Corpus corpus = corpus(heldout(0.1), folder(dir.resolve("in"), 301));
    TokenEncoder lossy = new Lossy();
    DataException e = assertThrows(DataException.class, () -> build(corpus, lossy, 2));
    assertTrue(e.getMessage().contains("must cover every byte"), e.getMessage());
    assertEquals(before, snapshot(out));
    assertEquals(List.of("in", "out"), inFolder(dir));
    build(corpus, new ByteEncoder(), 2);
    assertFalse(snapshot(out).containsKey("tokenizer.json"));
    assertEquals(List.of("in", "out"), inFolder(dir));
  }

  /// Forgets the last byte of long texts.
  private static final class Lossy implements TokenEncoder {
    private final ByteEncoder bytes = new ByteEncoder();

    @Override
    public int vocabSize() {
      return bytes.vocabSize();
    }

    @Override
    public int[] encode(byte[] text) {
      int[] ids = bytes.encode(text);
      return ids.length < 250 ? ids : java.util.Arrays.copyOf(ids, ids.length - 1);
    }

    @Override
    public int endId() {
      return bytes.endId();
    }

    @Override
    public int byteLength(int id) {
      return bytes.byteLength(id);
    }
  }

  @Test
  void aBrokenEncoderOfOursStaysABug() {
    Corpus corpus = someText();
    TokenEncoder broken =
        new TokenEncoder() {
          @Override
          public int vocabSize() {
            return 257;
          }

          @Override
          public int[] encode(byte[] text) {
            throw new ArithmeticException("bug");
          }

          @Override
          public int endId() {
            return 256;
          }

          @Override
          public int byteLength(int id) {
            return 1;
          }
        };
    assertThrows(ArithmeticException.class, () -> build(corpus, broken, 2));
    assertFalse(Files.exists(out));
  }

  @Test
  void foldersThatAreNotOursAreNeverReplaced() {
    Corpus corpus = someText();
    write(out.resolve("thesis.txt"), "years of work");
    assertRefused(corpus, "it holds thesis.txt");
    build(corpus(heldout(0), dir.resolve("in")), new ByteEncoder(), 1, dir.resolve("other"));
    write(dir.resolve("other/thesis.txt"), "years of work");
    out = dir.resolve("other");
    assertRefused(corpus, "it holds thesis.txt");
    out = write(dir.resolve("file"), "x");
    assertRefused(corpus, "it is a file");
    out = Path.of("/");
    assertRefused(corpus, "must be a folder of its own");
  }

  private void build(Corpus corpus, TokenEncoder encoder, int threads, Path folder) {
    DatasetBuilder.build(corpus, encoder, threads, folder, Progress.NONE);
  }

  private void assertRefused(Corpus corpus, String reason) {
    DataException e = assertThrows(DataException.class, () -> build(corpus, new ByteEncoder(), 1));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
    assertThrows(DataException.class, () -> DatasetBuilder.checkTarget(out));
  }

  @Test
  void anEmptyFolderIsFilled() throws IOException {
    Files.createDirectories(out);
    build(someText(), new ByteEncoder(), 1);
    assertTrue(TokenDataset.isDataset(out));
  }

  @Test
  void whatAKilledBuildLeftIsCleanedUp() throws IOException {
    Corpus corpus = someText();
    write(dir.resolve(".out.building-99999999/train-00000.bin"), "half");
    build(corpus, new ByteEncoder(), 1);
    assertEquals(List.of("in", "out"), inFolder(dir));
    Map<String, String> before = snapshot(out);
    Files.move(out, dir.resolve(".out.replaced")); // killed between the two renames
    assertThrows(
        DataException.class, () -> build(corpus, new ByteEncoder(), 0)); // puts it back first
    assertEquals(before, snapshot(out));
    assertEquals(List.of("in", "out"), inFolder(dir));
  }

  @Test
  void datasetsAmongTheSourcesAreNotTakenForText() {
    folder(dir.resolve("in"), 30);
    out = dir.resolve("in/out");
    build(corpus(heldout(0), dir.resolve("in")), new ByteEncoder(), 1);
    Ledger again = build(corpus(heldout(0), dir.resolve("in")), new ByteEncoder(), 1);
    assertEquals(30, again.totals().documents());
    assertEquals(Map.of("dataset_folder", 1L), again.totals().dropped());
  }

  @Test
  void shardsHoldAsManyTokensAsTheyMay() throws IOException {
    write(dir.resolve("in/a.txt"), "a".repeat(1999));
    write(dir.resolve("in/b.txt"), "b".repeat(1000));
    build(corpus(heldout(0), dir.resolve("in")), new ByteEncoder(), 1);
    List<Long> sizes =
        inFolder(out).stream()
            .filter(name -> name.endsWith(".bin"))
            .map(name -> (out.resolve(name).toFile().length() - 64) / 2)
            .collect(Collectors.toList());
    assertEquals(List.of(1000L, 1000L, 1000L, 1L), sizes);
  }
}
