package dev.auspex.data;

import static dev.auspex.data.Samples.corpus;
import static dev.auspex.data.Samples.folder;
import static dev.auspex.data.Samples.heldout;
import static dev.auspex.data.Samples.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusTest {
  @TempDir Path dir;

  private static Set<String> texts(Corpus corpus, Split split) {
    Set<String> texts = new TreeSet<>();
    corpus.pieces(
        corpus.drops(Progress.NONE),
        piece -> {
          if (piece.split() == split) {
            texts.add(new String(piece.document().text(), StandardCharsets.UTF_8));
          }
        });
    return texts;
  }

  private static Set<String> trainTexts(Corpus corpus, long maxBytes) {
    try (Stream<byte[]> texts = corpus.trainTexts(maxBytes)) {
      return texts
          .map(text -> new String(text, StandardCharsets.UTF_8))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void theSplitDoesNotDependOnOrderOrCompany() {
    folder(dir.resolve("a"), 200);
    write(dir.resolve("b/other.txt"), "something else");
    Corpus alone = corpus(heldout(0.2), dir.resolve("a"));
    Corpus last = corpus(heldout(0.2), dir.resolve("b"), dir.resolve("a"));
    Set<String> expected = texts(alone, Split.HELDOUT);
    assertTrue(expected.size() > 15 && expected.size() < 70, expected.size() + " held out");
    Set<String> found = texts(last, Split.HELDOUT);
    found.remove("something else");
    assertEquals(expected, found);
  }

  @Test
  void growingTheShareKeepsWhatWasHeldOut() {
    folder(dir.resolve("a"), 200);
    Set<String> small = texts(corpus(heldout(0.1), dir.resolve("a")), Split.HELDOUT);
    Set<String> large = texts(corpus(heldout(0.3), dir.resolve("a")), Split.HELDOUT);
    assertTrue(large.containsAll(small) && large.size() > small.size());
  }

  @Test
  void equalDocumentsCountOnce() {
    folder(dir.resolve("a"), 20);
    folder(dir.resolve("b"), 25);
    Corpus corpus = corpus(heldout(0), dir.resolve("a"), dir.resolve("b"));
    assertEquals(25, corpus.documents());
    List<Drops> drops = corpus.drops(Progress.NONE);
    corpus.pieces(drops, _ -> {});
    assertEquals(20, drops.get(1).dropped().get("duplicate").count());
  }

  @Test
  void theSetOfHashesRemembersAll() {
    SeenHashes seen = new SeenHashes();
    for (int i = 0; i < 20_000; i++) {
      assertTrue(seen.add(ContentHash.of(Samples.utf8("" + i))));
    }
    for (int i = 0; i < 20_000; i++) {
      assertFalse(seen.add(ContentHash.of(Samples.utf8("" + i))));
    }
    assertTrue(seen.add(new ContentHash(new byte[32])));
    assertFalse(seen.add(new ContentHash(new byte[32])));
  }

  @Test
  void aLimitTakesASampleThatDoesNotDependOnOrder() {
    folder(dir.resolve("a"), 100);
    folder(dir.resolve("b"), 200);
    long limit = 6000;
    SplitOptions split = heldout(0.1).withMaxBytes(limit);
    Corpus one = corpus(split, dir.resolve("a"), dir.resolve("b"));
    Corpus two = corpus(split, dir.resolve("b"), dir.resolve("a"));
    assertTrue(one.bytes() <= limit && one.bytes() > limit - 500, one.bytes() + " bytes");
    assertEquals(texts(one, Split.TRAIN), texts(two, Split.TRAIN));
    assertEquals(texts(one, Split.HELDOUT), texts(two, Split.HELDOUT));
    Corpus larger = corpus(split.withMaxBytes(9000), dir.resolve("b"));
    assertTrue(texts(larger, Split.TRAIN).containsAll(texts(one, Split.TRAIN)));
  }

  @Test
  void countsMatchWhatIsRead() {
    folder(dir.resolve("a"), 100);
    Corpus corpus = corpus(heldout(0.2).withMaxBytes(8000), dir.resolve("a"));
    long[] bytes = {0, 0};
    corpus.pieces(
        corpus.drops(Progress.NONE), piece -> bytes[piece.split().ordinal()] += piece.bytes());
    assertEquals(bytes[0], corpus.trainBytes());
    assertEquals(bytes[0] + bytes[1], corpus.bytes());
    assertEquals(texts(corpus, Split.HELDOUT).size(), corpus.heldoutDocuments());
  }

  @Test
  void theTokenizerNeverSeesHeldOutText() {
    folder(dir.resolve("a"), 300);
    Corpus corpus = corpus(heldout(0.3), dir.resolve("a"));
    Set<String> seen = trainTexts(corpus, Long.MAX_VALUE);
    assertEquals(texts(corpus, Split.TRAIN), seen);
    Set<String> some = trainTexts(corpus, 5000);
    long bytes = some.stream().mapToLong(String::length).sum();
    assertTrue(bytes <= 5000 && bytes > 4500, bytes + " bytes");
    assertTrue(seen.containsAll(some));
  }

  @Test
  void closingTheStreamEndsTheReading() throws InterruptedException {
    for (int i = 0; i < 30; i++) {
      write(dir.resolve("a/" + i + ".txt"), Samples.words(i, 100_000));
    }
    Corpus corpus = corpus(heldout(0), dir.resolve("a"));
    try (Stream<byte[]> texts = corpus.trainTexts(Long.MAX_VALUE)) {
      Iterator<byte[]> iterator = texts.iterator();
      assertTrue(iterator.hasNext());
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("auspex-read")) {
        thread.join(); // hangs the test if the reader waits for ever
      }
    }
  }

  @Test
  void failuresOfTheReaderReachTheOneWhoListens() {
    try (Stream<byte[]> texts =
        Handover.stream(
            sink -> {
              sink.accept(new byte[] {1});
              throw new DataException("broken");
            })) {
      assertThrows(DataException.class, texts::toList);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.1, 0.5})
  void oneDocumentIsSplitAtItsTail(double share) {
    String text = "漢字 one book. ".repeat(1000);
    Path file = write(dir.resolve("book.txt"), text);
    Samples.Warnings warnings = new Samples.Warnings();
    SplitOptions split = heldout(share);
    List<Source> sources = Source.of(List.of(file), List.of());
    Corpus corpus = Corpus.scan(sources, ReadOptions.STANDARD, split, warnings);
    String train = String.join("", texts(corpus, Split.TRAIN));
    String tail = String.join("", texts(corpus, Split.HELDOUT));
    assertEquals(text, train + tail);
    double got = (double) Samples.utf8(tail).length / Samples.utf8(text).length;
    assertEquals(share, got, 0.001);
    assertTrue(warnings.lines.getFirst().contains("the last part of each is held out"));
  }

  @Test
  void aLimitBelowTheSmallestDocumentIsAnError() {
    Path file = write(dir.resolve("one.txt"), "one small text");
    assertUserError(heldout(0).withMaxBytes(3), "max-bytes (3)", file);
  }

  @Test
  void sourcesWithoutTextAreAnError() {
    write(dir.resolve("in/a.txt"), "");
    write(dir.resolve("in/b.png"), new byte[100]);
    assertUserError(heldout(0), "must hold text; nothing was taken (", dir.resolve("in"));
    assertUserError(heldout(0), "nowhere) must exist", dir.resolve("nowhere"));
    write(dir.resolve("ok.txt"), "text");
    assertUserError(heldout(0), "must exist", dir.resolve("ok.txt"), dir.resolve("nowhere"));
  }

  private static void assertUserError(SplitOptions split, String part, Path... paths) {
    DataException e = assertThrows(DataException.class, () -> corpus(split, paths));
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void badOptionsAreErrors() {
    List<Runnable> bad = new ArrayList<>();
    bad.add(() -> heldout(1));
    bad.add(() -> heldout(-0.1));
    bad.add(() -> heldout(Double.NaN));
    bad.add(() -> heldout(0).withMaxBytes(0));
    bad.add(() -> ReadOptions.STANDARD.withMaxDocumentBytes(1));
    bad.add(() -> Source.of(List.of(dir), List.of("public domain!")));
    bad.add(() -> Source.of(List.of(dir), List.of("MIT", "MIT")));
    bad.forEach(option -> assertThrows(DataException.class, option::run));
  }

  @Test
  void sourcesOfOneNameGetDifferentNames() {
    List<Source> sources =
        Source.of(List.of(Path.of("a/x"), Path.of("b/x"), Path.of("c/x")), List.of("MIT"));
    assertEquals(List.of("x", "x-2", "x-3"), sources.stream().map(Source::name).toList());
    assertEquals("MIT", sources.get(2).licence());
    assertEquals("b/x", sources.get(1).origin());
  }
}
