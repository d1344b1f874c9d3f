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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentReaderTest {
  @TempDir Path dir;

  @Test
  void foldersAreReadInTheOrderOfTheirNames() {
    write(dir.resolve("in/b.md"), "two");
    write(dir.resolve("in/a/z.py"), "one");
    write(dir.resolve("in/c.txt"), "three");
    write(dir.resolve("in/.git/config"), "no");
    Samples.ReadBack result = read(dir.resolve("in"));
    assertEquals("{a/z.py=one, b.md=two, c.txt=three}", result.texts().toString());
    assertEquals(1, result.count(DropReason.HIDDEN));
  }

  @Test
  void archivesAreReadWithNestedPathsAndArchives() {
    byte[] inner = zip(entries("x/y.txt", "deep"));
    Map<String, byte[]> outer = entries("a/b/C.java", "class C {}", "d.txt", "flat");
    outer.put("lib/in.jar", inner);
    outer.put("notes.txt.gz", gzip(utf8("packed")));
    Path file = write(dir.resolve("p.zip"), zip(outer));
    Map<String, String> texts = read(file).texts();
    assertEquals(
        Map.of(
            "p.zip!/a/b/C.java",
            "class C {}",
            "p.zip!/d.txt",
            "flat",
            "p.zip!/lib/in.jar!/x/y.txt",
            "deep",
            "p.zip!/notes.txt.gz",
            "packed"),
        texts);
  }

  @Test
  void onlyIncludedFilesOfFoldersAndArchivesAreRead() {
    write(dir.resolve("in/a/B.java"), "one");
    write(dir.resolve("in/a/b.txt"), "two");
    write(dir.resolve("in/p.zip"), zip(entries("C.java", "three", "c.md", "four")));
    write(dir.resolve("in/D.java.gz"), gzip(utf8("five")));
    Samples.ReadBack result =
        read(dir.resolve("in"), ReadOptions.STANDARD.withInclude(List.of("*.java")));
    assertEquals(
        List.of("D.java.gz", "a/B.java", "p.zip!/C.java"), List.copyOf(result.texts().keySet()));
    assertEquals(2, result.count(DropReason.NOT_INCLUDED));
  }

  @Test
  void jsonLinesAreReadPlainAndCompressed() {
    String lines = "{\"id\":1,\"text\":\"één\",\"m\":{\"text\":[1]}}\r\n\n{\"text\":\"two\"}";
    write(dir.resolve("in/a.jsonl"), "\ufeff" + lines);
    write(dir.resolve("in/b.jsonl.gz"), gzip(utf8(lines)));
    write(dir.resolve("in/c.jsonl.zst"), Zstd.compress(utf8(lines)));
    assertEquals(
        "{a.jsonl:1=één, a.jsonl:3=two, b.jsonl.gz:1=één, b.jsonl.gz:3=two,"
            + " c.jsonl.zst:1=één, c.jsonl.zst:3=two}",
        read(dir.resolve("in")).texts().toString());
  }

  @Test
  void anotherFieldMayHoldTheText() {
    Path file = write(dir.resolve("a.jsonl"), "{\"body\":\"x\",\"text\":\"y\"}\n");
    ReadOptions options =
        new ReadOptions(
            List.of(),
            false,
            "body",
            1 << 20,
            ReadOptions.LongDocuments.SPLIT,
            ReadOptions.InvalidUtf8.REPAIR);
    assertEquals("{a.jsonl:1=x}", read(file, options).texts().toString());
  }

  @Test
  void compressedTextIsReadAndMembersAreJoined() throws IOException {
    Path gz = dir.resolve("a.txt.gz");
    write(gz, gzip(utf8("one ")));
    Files.write(gz, gzip(utf8("two")), java.nio.file.StandardOpenOption.APPEND);
    assertEquals("{a.txt.gz=one two}", read(gz).texts().toString());
    Path zst = write(dir.resolve("b.txt.zst"), Zstd.compress(utf8("three")));
    assertEquals("{b.txt.zst=three}", read(zst).texts().toString());
  }

  @Test
  void aByteOrderMarkGoes() {
    assertEquals("{a.txt=x}", read(write(dir.resolve("a.txt"), "\ufeffx")).texts().toString());
  }

  @Test
  void licenceHeadersGoWhereAsked() {
    Path file = write(dir.resolve("A.java.gz"), gzip(utf8("/* Copyright X */\nclass A {}\n")));
    Map<String, String> texts =
        read(file, ReadOptions.STANDARD.withStripLicenceHeaders(true)).texts();
    assertEquals("{A.java.gz=class A {}\n}", texts.toString());
  }

  @Test
  void longTextsAreCutAtLinesAndNothingIsLost() {
    String text = Samples.words(1, 3000);
    Samples.ReadBack result =
        read(write(dir.resolve("a.txt"), text), ReadOptions.STANDARD.withMaxDocumentBytes(1000));
    assertEquals(text, String.join("", result.texts().values()));
    assertTrue(result.texts().values().stream().allMatch(part -> part.length() <= 1000));
    assertTrue(result.texts().values().stream().limit(5).allMatch(part -> part.endsWith("\n")));
    assertEquals("a.txt#1", result.texts().keySet().iterator().next());
  }

  @Test
  void linesOfManyByteCharactersAreCutBetweenCharacters() {
    String text = "漢字😀é".repeat(500);
    for (int limit = 64; limit < 80; limit++) {
      Path file = write(dir.resolve("a.txt"), text);
      Samples.ReadBack result = read(file, ReadOptions.STANDARD.withMaxDocumentBytes(limit));
      assertEquals(text, String.join("", result.texts().values()), "limit " + limit);
      assertEquals(0, result.drops().repaired().count());
    }
  }

  @Test
  void longJsonTextsAreCutToo() {
    String text = "漢字 and more\n".repeat(100);
    Path file =
        write(
            dir.resolve("a.jsonl"),
            "{\"text\":\"" + text.replace("\n", "\\n") + "\"}\n{\"text\":\"b\"}\n");
    Samples.ReadBack result = read(file, ReadOptions.STANDARD.withMaxDocumentBytes(100));
    assertEquals(text + "b", String.join("", result.texts().values()));
    assertTrue(result.texts().containsKey("a.jsonl:1#2"));
  }

  @Test
  void exactlyTheLimitIsOneDocument() {
    Path file = write(dir.resolve("a.txt"), "x".repeat(100));
    assertEquals(1, read(file, ReadOptions.STANDARD.withMaxDocumentBytes(100)).texts().size());
    assertEquals(2, read(file, ReadOptions.STANDARD.withMaxDocumentBytes(99)).texts().size());
  }
}
