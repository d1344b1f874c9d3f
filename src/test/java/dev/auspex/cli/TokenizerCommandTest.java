package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The tokenizer commands as a person or a script calls them.
class TokenizerCommandTest {
  private static final String TEXT = "the cat sat on the mat, the hat is on the cat\n".repeat(20);

  @TempDir private Path folder;
  private Path tokenizer = Path.of("");

  private static CliRun run(byte[] input, String... arguments) {
    List<String> words = new ArrayList<>(List.of("tokenizer"));
    words.addAll(List.of(arguments));
    return CliRun.reading(input, words.toArray());
  }

  @BeforeEach
  void train() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, TEXT);
    tokenizer = folder.resolve("tokenizer.json");
    CliRun outcome =
        run(
            new byte[0],
            "train",
            "--source=" + text,
            "--vocab-size=280",
            "--out=" + tokenizer,
            "--json");
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals(280, outcome.json().path("vocab_size").asInt());
    assertEquals(TEXT.length(), outcome.json().path("bytes").asInt());
    assertTrue(outcome.json().path("seconds").asDouble() > 0);
    assertTrue(outcome.json().path("bytes_per_token").asDouble() > 1.5);
  }

  @Test
  void aFolderAndAVocabularyOfPiecesDoAsWell() throws Exception {
    CliRun byFolder =
        run("the cat".getBytes(StandardCharsets.UTF_8), "encode", "--tokenizer=" + folder);
    assertEquals(0, byFolder.code(), byFolder.err());
    Path pieces = folder.resolve("pieces.json");
    Files.writeString(
        pieces,
        """
        {"model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
          "vocab": {"<unk>": 0, "▁": 1, "a": 2, "▁a": 3}, "merges": ["▁ a"]},
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
           {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}}
        """);
    CliRun encoded =
        run("a aa".getBytes(StandardCharsets.UTF_8), "encode", "--tokenizer=" + pieces);
    assertEquals("3 3 2", encoded.out().strip());
    assertEquals("a aa", run(encoded.bytes(), "decode", "--tokenizer=" + pieces).out());
  }

  @Test
  void encodeThenDecodeGivesTheBytesBack() {
    byte[] input = {'t', 'h', 'e', ' ', (byte) 0xFF, 0, 'c', 'a', 't', '\r', '\n'};
    CliRun encoded = run(input, "encode", "--tokenizer=" + tokenizer);
    assertArrayEquals(input, run(encoded.bytes(), "decode", "--tokenizer=" + tokenizer).bytes());
    CliRun asJson = run(input, "encode", "--tokenizer=" + tokenizer, "--json");
    assertEquals("the", asJson.json().path("tokens").path(0).asString());
    assertEquals(asJson.json().path("ids").size(), asJson.json().path("tokens").size());
    assertArrayEquals(input, run(asJson.bytes(), "decode", "--tokenizer=" + tokenizer).bytes());
  }

  @Test
  void decodeReadsIdsInAnyWriting() {
    for (String ids : List.of("80 81", "80,81", "[80, 81]\n", "{\"ids\":[80,81],\"tokens\":[]}")) {
      byte[] input = ids.getBytes(StandardCharsets.UTF_8);
      CliRun decoded = run(input, "decode", "--tokenizer=" + tokenizer, "--json");
      assertEquals("HI", decoded.json().path("text").asString(), ids);
    }
  }

  @Test
  void statsAddUpOverFoldersAndArchives() throws Exception {
    Path sources = Files.createDirectory(folder.resolve("sources"));
    Files.writeString(sources.resolve("a.md"), TEXT);
    try (GZIPOutputStream out =
        new GZIPOutputStream(Files.newOutputStream(sources.resolve("b.txt.gz")))) {
      out.write(TEXT.getBytes(StandardCharsets.UTF_8));
    }
    try (ZipOutputStream out =
        new ZipOutputStream(Files.newOutputStream(sources.resolve("c.zip")))) {
      out.putNextEntry(new ZipEntry("d/e.java"));
      out.write(TEXT.getBytes(StandardCharsets.UTF_8));
    }
    CliRun outcome =
        run(new byte[0], "stats", "--tokenizer=" + tokenizer, "--source=" + sources, "--json");
    JsonNode document = outcome.json();
    assertEquals(3 * TEXT.length(), document.path("bytes").asInt());
    assertEquals(3, document.path("kinds").size(), document.toString());
    assertEquals(1, document.path("sources").size());
    long tokens = 0;
    for (JsonNode kind : document.path("kinds")) {
      tokens += kind.path("tokens").asLong();
    }
    assertEquals(document.path("tokens").asLong(), tokens);
  }

  @Test
  void mistakesAreToldInOneLine() {
    String[][] mistakes = {
      {"encode", "--tokenizer=" + folder.resolve("absent.json")},
      {"stats", "--tokenizer=" + tokenizer, "--source=" + folder.resolve("absent")},
      {"train", "--source=" + folder, "--vocab-size=10", "--out=" + folder.resolve("x.json")},
      {"decode", "--tokenizer=" + tokenizer}
    };
    for (String[] arguments : mistakes) {
      run("seventy".getBytes(StandardCharsets.UTF_8), arguments).mistake();
    }
  }

  @Test
  void longFilesComeInPartsThatTogetherAreTheFile() throws Exception {
    Path file = folder.resolve("long.txt");
    byte[] bytes = new byte[20_000_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 1000 == 999 && i < 15_000_000 ? '\n' : 'a' + i % 26);
    }
    Files.write(file, bytes);
    ByteArrayOutputStream together = new ByteArrayOutputStream();
    new TokenizerSources(List.of(file))
        .map(TokenizerSources.Text::bytes)
        .forEachRemaining(together::writeBytes);
    assertArrayEquals(bytes, together.toByteArray());
  }

  @Test
  void everySubcommandHasHelpWithAnExample() {
    for (String command : List.of("train", "encode", "decode", "stats")) {
      CliRun outcome = run(new byte[0], command, "--help");
      assertTrue(outcome.out().contains("Example:"), command);
    }
  }
}
