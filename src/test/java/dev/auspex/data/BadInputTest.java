package dev.auspex.data;

import static dev.auspex.data.Samples.entries;
import static dev.auspex.data.Samples.gzip;
import static dev.auspex.data.Samples.read;
import static dev.auspex.data.Samples.utf8;
import static dev.auspex.data.Samples.write;
import static dev.auspex.data.Samples.zip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong with one file: a line in the ledger and on the screen, and all else is read.
class BadInputTest {
  @TempDir Path dir;

  private static void assertDropped(Samples.ReadBack result, DropReason reason, String example) {
    Ledger.Dropped dropped = result.drops().dropped().get(reason.key());
    assertTrue(dropped != null, () -> reason + " expected, got " + result.drops().dropped());
    assertTrue(
        dropped.examples().stream().anyMatch(line -> line.contains(example)),
        () -> example + " expected in " + dropped.examples());
    if (reason.told()) {
      assertTrue(
          result.warnings().lines.stream().anyMatch(line -> line.contains(example)),
          () -> example + " expected on screen in " + result.warnings().lines);
    }
  }

  private static byte[] firstPart(byte[] bytes, double share) {
    return Arrays.copyOf(bytes, (int) (bytes.length * share));
  }

  @Test
  void aZipFileCutShortGivesTheEntriesBeforeTheCut() {
    Map<String, byte[]> entries =
        entries("a.txt", Samples.words(1, 900), "b.txt", "b", "c.txt", Samples.words(2, 9000));
    Path file = write(dir.resolve("in/p.zip"), firstPart(zip(entries), 0.6));
    write(dir.resolve("in/q.txt"), "whole");
    Samples.ReadBack result = read(file.getParent());
    assertEquals(
        List.of("p.zip!/a.txt", "p.zip!/b.txt", "q.txt"), List.copyOf(result.texts().keySet()));
    assertDropped(result, DropReason.BROKEN_ARCHIVE, "2 whole entries before the damage kept");
    assertDropped(result, DropReason.BROKEN_ARCHIVE, "p.zip!/c.txt");
  }

  @Test
  void aFileThatIsNoZipIsTold() {
    Samples.ReadBack result = read(write(dir.resolve("p.zip"), "this is no archive"));
    assertTrue(result.texts().isEmpty());
    assertDropped(result, DropReason.BROKEN_ARCHIVE, "p.zip");
  }

  @Test
  void anArchiveInsideThatIsNoneIsTold() {
    Path file = write(dir.resolve("p.zip"), zip(entries("in.jar", "no archive", "a.txt", "a")));
    Samples.ReadBack result = read(file);
    assertEquals("{p.zip!/a.txt=a}", result.texts().toString());
    assertDropped(result, DropReason.BROKEN_ARCHIVE, "p.zip!/in.jar");
  }

  @Test
  void anEntryWithAWrongChecksumCostsThatEntryOnly() throws IOException {
    byte[] bytes = zip(entries("a.txt", "first", "b.txt", "second"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int directory = text.indexOf("PK\u0001\u0002");
    bytes[directory + 16] ^= 1; // checksum of the first entry in the directory
    Samples.ReadBack result = read(write(dir.resolve("p.zip"), bytes));
    assertEquals("{p.zip!/b.txt=second}", result.texts().toString());
    assertDropped(result, DropReason.BAD_CHECKSUM, "p.zip!/a.txt: has checksum");
  }

  @Test
  void damagedCompressedBytesCostThatEntryOnly() {
    byte[] bytes = zip(entries("a.txt", Samples.words(1, 5000), "b.txt", "second"));
    Arrays.fill(bytes, 2000, 2400, (byte) 0x5a);
    Samples.ReadBack result = read(write(dir.resolve("p.zip"), bytes));
    assertEquals("{p.zip!/b.txt=second}", result.texts().toString());
    assertTrue(
        result.count(DropReason.BROKEN_ARCHIVE) + result.count(DropReason.BAD_CHECKSUM) == 1,
        () -> result.drops().dropped().toString());
  }

  @Test
  void namesThatLeaveTheArchiveAreLeftOut() {
    Map<String, byte[]> entries =
        entries("../up.txt", "1", "/abs.txt", "2", "a/../../b.txt", "3", "C:\\d.txt", "4");
    entries.putAll(entries("fine..txt", "5"));
    Samples.ReadBack result = read(write(dir.resolve("p.zip"), zip(entries)));
    assertEquals("{p.zip!/fine..txt=5}", result.texts().toString());
    assertEquals(4, result.count(DropReason.UNSAFE_NAME));
    assertDropped(result, DropReason.UNSAFE_NAME, "p.zip!/../up.txt");
  }

  @Test
  void archivesThatInflateOutOfAllProportionAreStopped() {
    byte[] bomb = " ".repeat(1 << 10).concat("a").repeat(80 << 10).getBytes(StandardCharsets.UTF_8);
    Path file = write(dir.resolve("in/p.zip"), zip(Map.of("bomb.txt", bomb)));
    write(dir.resolve("in/q.txt.gz"), gzip(bomb));
    Samples.ReadBack result = read(file.getParent());
    assertEquals(2, result.count(DropReason.ARCHIVE_BOMB));
    assertDropped(result, DropReason.ARCHIVE_BOMB, "p.zip!/bomb.txt");
    assertDropped(result, DropReason.ARCHIVE_BOMB, "q.txt.gz");
  }

  @Test
  void archivesInArchivesInArchivesHaveAnEnd() {
    byte[] inner = zip(entries("a.txt", "a"));
    for (int i = 0; i < 6; i++) {
      inner = zip(Map.of("in.zip", inner));
    }
    Samples.ReadBack result = read(write(dir.resolve("p.zip"), inner));
    assertEquals(1, result.count(DropReason.NESTED_TOO_DEEP));
  }

  @Test
  void compressedFilesCutShortAreTold() {
    byte[] text = utf8(Samples.words(3, 5000));
    write(dir.resolve("in/a.txt.gz"), firstPart(gzip(text), 0.5));
    write(dir.resolve("in/b.txt.zst"), firstPart(Zstd.compress(text), 0.5));
    write(dir.resolve("in/c.txt.gz"), "not gzip at all");
    write(dir.resolve("in/d.txt.zst"), "not zstd at all");
    write(dir.resolve("in/e.txt"), "whole");
    Samples.ReadBack result = read(dir.resolve("in"));
    assertEquals("{e.txt=whole}", result.texts().toString());
    for (String name : List.of("a.txt.gz", "b.txt.zst", "c.txt.gz")) {
      assertDropped(result, DropReason.BROKEN_COMPRESSION, name);
    }
    assertEquals(4, result.count(DropReason.BROKEN_COMPRESSION));
  }

  @Test
  void jsonLinesBeforeTheCutAreKept() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      lines.append("{\"text\":\"").append(Samples.words(i, 5)).append("\"}\n".repeat(1));
    }
    byte[] packed = gzip(utf8(lines.toString().replace("\n\"", "\"")));
    Samples.ReadBack result = read(write(dir.resolve("a.jsonl.gz"), firstPart(packed, 0.7)));
    assertTrue(result.texts().size() > 500, () -> result.texts().size() + " kept");
    assertDropped(result, DropReason.BROKEN_COMPRESSION, "a.jsonl.gz");
  }

  @Test
  void badJsonLinesAreToldByNumberAndCostThatLineOnly() {
    String lines =
        """
        {"text":"one"}
        {"text":"two"
        {"body":"three"}
        {"text":4}
        ["text"]
        {"text":"six"} {"text":"seven"}
        nothing
        {"text":""}
        {"text":"nine \\ud800"}
        {"text":null}
        """;
    Samples.ReadBack result = read(write(dir.resolve("a.jsonl"), lines));
    assertEquals("{a.jsonl:1=one, a.jsonl:9=nine \ufffd}", result.texts().toString());
    assertEquals(4, result.count(DropReason.BROKEN_JSON));
    assertDropped(result, DropReason.BROKEN_JSON, "a.jsonl:2: column");
    assertDropped(result, DropReason.BROKEN_JSON, "a.jsonl:5");
    assertDropped(result, DropReason.BROKEN_JSON, "a.jsonl:6");
    assertEquals(3, result.count(DropReason.MISSING_TEXT));
    assertDropped(result, DropReason.MISSING_TEXT, "a.jsonl:3: no field 'text'");
    assertDropped(result, DropReason.EMPTY, "a.jsonl:8");
    assertEquals(1, result.drops().repaired().count());
  }

  @Test
  void longJsonLinesAreSplitOrLeftOut() {
    String lines = "{\"text\":\"" + "x".repeat(300_000) + "\"}\n{\"text\":\"b\"}\n";
    Path file = write(dir.resolve("a.jsonl"), lines);
    ReadOptions small = ReadOptions.STANDARD.withMaxDocumentBytes(1000);
    assertEquals(301, read(file, small).texts().size());
    Samples.ReadBack result = read(file, small.withLongDocuments(ReadOptions.LongDocuments.DROP));
    assertEquals("{a.jsonl:2=b}", result.texts().toString());
    assertDropped(result, DropReason.LINE_TOO_LONG, "a.jsonl:1");
    assertEquals(300_011, result.drops().dropped().get(DropReason.LINE_TOO_LONG.key()).bytes());
  }

  @Test
  void aFewBadBytesAreRepairedAndCounted() {
    byte[] text = utf8("almost all of this text is fine, but not here: é");
    text[text.length - 1] = 'x';
    Samples.ReadBack result = read(write(dir.resolve("a.txt"), text));
    assertTrue(result.texts().get("a.txt").endsWith("here: \ufffdx"));
    assertEquals(1, result.drops().repaired().count());
    assertEquals(1, result.drops().repaired().bytes());
    assertTrue(result.warnings().lines.getFirst().contains("repaired: a.txt"));
  }

  @Test
  void badBytesDropTheDocumentWhereAsked() {
    byte[] text = utf8("almost all of this text is fine, but not here: é");
    text[text.length - 1] = 'x';
    write(dir.resolve("in/a.txt"), text);
    write(dir.resolve("in/b.jsonl"), "{\"text\":\"fine\"}\n");
    ReadOptions options =
        new ReadOptions(
            List.of(),
            false,
            "text",
            1 << 20,
            ReadOptions.LongDocuments.SPLIT,
            ReadOptions.InvalidUtf8.DROP);
    Samples.ReadBack result = read(dir.resolve("in"), options);
    assertEquals("{b.jsonl:1=fine}", result.texts().toString());
    assertDropped(result, DropReason.INVALID_UTF8, "a.txt: 1 of 49 bytes");
  }

  @Test
  void filesThatAreNoTextAreLeftOut() {
    byte[] noise = new byte[50_000];
    new java.util.SplittableRandom(5).nextBytes(noise);
    write(dir.resolve("in/a.bin"), noise);
    noise[0] = (byte) 0xfe;
    noise[1] = (byte) 0xff; // as if it were UTF-16
    write(dir.resolve("in/b.bin"), noise);
    write(
        dir.resolve("in/c.txt"), "naïve café, déjà vu: été".getBytes(StandardCharsets.ISO_8859_1));
    write(dir.resolve("in/d.txt"), "");
    write(dir.resolve("in/e.txt"), " \n\t\r\n");
    write(dir.resolve("in/f.tar"), noise);
    Samples.ReadBack result = read(dir.resolve("in"));
    assertEquals(Map.of(), result.texts());
    assertEquals(2, result.count(DropReason.BINARY));
    assertDropped(result, DropReason.BINARY, "a.bin: NUL bytes");
    assertDropped(result, DropReason.BINARY, "b.bin: no text in UTF-16 either");
    assertDropped(result, DropReason.INVALID_UTF8, "c.txt: 6 of 24 bytes are not UTF-8");
    assertEquals(2, result.count(DropReason.EMPTY));
    assertDropped(result, DropReason.UNSUPPORTED_FORMAT, "f.tar");
  }

  @Test
  void utf16WithItsMarkIsReadAsUtf8() {
    String text =
        "x" + "Grüße, 日本語 👩‍👩‍👧\n".repeat(1500); // pairs at every place of a buffer's end
    write(dir.resolve("in/big.txt"), ("\ufeff" + text).getBytes(StandardCharsets.UTF_16BE));
    write(
        dir.resolve("in/little.txt"), ("\ufeff" + "a" + text).getBytes(StandardCharsets.UTF_16LE));
    write(dir.resolve("in/short.txt"), "short".getBytes(StandardCharsets.UTF_16));
    write(dir.resolve("in/packed.txt.gz"), gzip("packed".getBytes(StandardCharsets.UTF_16)));
    Samples.ReadBack result = read(dir.resolve("in"));
    assertEquals(
        Map.of(
            "big.txt",
            text,
            "little.txt",
            "a" + text,
            "short.txt",
            "short",
            "packed.txt.gz",
            "packed"),
        result.texts());
  }

  @Test
  void linksAndPipesAreNeverFollowedIntoACircle() throws IOException {
    write(dir.resolve("in/a.txt"), "a");
    Files.createSymbolicLink(dir.resolve("in/loop"), dir.resolve("in"));
    Files.createSymbolicLink(dir.resolve("in/gone"), dir.resolve("nowhere"));
    Samples.ReadBack result = read(dir.resolve("in"));
    assertEquals("{a.txt=a}", result.texts().toString());
    assertEquals(2, result.count(DropReason.NOT_REGULAR));
  }

  @Test
  void longDocumentsAreDroppedWhereAsked() {
    write(dir.resolve("in/a.txt"), "a".repeat(101));
    write(dir.resolve("in/b.jsonl"), "{\"text\":\"" + "b".repeat(101) + "\"}\n");
    write(dir.resolve("in/c.txt"), "c".repeat(100));
    ReadOptions options =
        new ReadOptions(
            List.of(),
            false,
            "text",
            100,
            ReadOptions.LongDocuments.DROP,
            ReadOptions.InvalidUtf8.REPAIR);
    Samples.ReadBack result = read(dir.resolve("in"), options);
    assertEquals(List.of("c.txt"), List.copyOf(result.texts().keySet()));
    assertEquals(2, result.count(DropReason.TOO_LONG));
  }

  @Test
  void theScreenIsNotFloodedAndTheLedgerCountsAll() {
    Samples.ReadBack result = read(write(dir.resolve("a.jsonl"), "{broken\n".repeat(10_000)));
    assertEquals(10_000, result.count(DropReason.BROKEN_JSON));
    assertEquals(5, result.drops().dropped().get("broken_json").examples().size());
    assertEquals(4, result.warnings().lines.size());
  }

  @Test
  void namesCannotWriteToTheTerminal() {
    Path file = write(dir.resolve("p.zip"), zip(entries("a\u001b[2J\nb.jsonl", "{broken")));
    String line = read(file).warnings().lines.getFirst();
    assertTrue(line.contains("a?[2J?b.jsonl:1"), line);
  }
}
