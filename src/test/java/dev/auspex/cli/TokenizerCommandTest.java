package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
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
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The tokenizer commands as a person or a script calls them.
class TokenizerCommandTest {
  private static final String TEXT = "the cat sat on the mat, the hat is on the cat\n".repeat(20);

  @TempDir private Path folder;
  private Path tokenizer = Path.of("");

  private record Outcome(int code, byte[] out, List<String> errors) {
    JsonNode json() {
      return Json.MAPPER.readTree(out);
    }
  }

  private static Outcome run(byte[] input, String... arguments) {
    InputStream in = System.in;
    PrintStream out = System.out;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    List<String> errors = new ArrayList<>();
    try {
      System.setIn(new ByteArrayInputStream(input));
      System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
      int code =
          new CommandLine(new TokenizerCommand())
              .setExecutionExceptionHandler(
                  (e, _, _) -> {
                    errors.add(e.getMessage());
                    return 2;
                  })
              .execute(arguments);
      return new Outcome(code, captured.toByteArray(), errors);
    } finally {
      System.setIn(in);
      System.setOut(out);
    }
  }

  @BeforeEach
  void train() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, TEXT);
    tokenizer = folder.resolve("tokenizer.json");
    Outcome outcome =
        run(
            new byte[0],
            "train",
            "--source=" + text,
            "--vocab-size=280",
            "--out=" + tokenizer,
            "--json");
    assertEquals(0, outcome.code(), outcome.errors().toString());
    assertEquals(280, outcome.json().path("vocab_size").asInt());
    assertEquals(TEXT.length(), outcome.json().path("bytes").asInt());
    assertTrue(outcome.json().path("seconds").asDouble() > 0);
    assertTrue(outcome.json().path("bytes_per_token").asDouble() > 1.5);
  }

  @Test
  void encodeThenDecodeGivesTheBytesBack() {
    byte[] input = {'t', 'h', 'e', ' ', (byte) 0xFF, 0, 'c', 'a', 't', '\r', '\n'};
    Outcome encoded = run(input, "encode", "--tokenizer=" + tokenizer);
    assertArrayEquals(input, run(encoded.out(), "decode", "--tokenizer=" + tokenizer).out());
    Outcome asJson = run(input, "encode", "--tokenizer=" + tokenizer, "--json");
    assertEquals("the", asJson.json().path("tokens").path(0).asString());
    assertEquals(asJson.json().path("ids").size(), asJson.json().path("tokens").size());
    assertArrayEquals(input, run(asJson.out(), "decode", "--tokenizer=" + tokenizer).out());
  }

  @Test
  void decodeReadsIdsInAnyWriting() {
    for (String ids : List.of("80 81", "80,81", "[80, 81]\n", "{\"ids\":[80,81],\"tokens\":[]}")) {
      byte[] input = ids.getBytes(StandardCharsets.UTF_8);
      Outcome decoded = run(input, "decode", "--tokenizer=" + tokenizer, "--json");
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
    Outcome outcome =
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
      Outcome outcome = run("seventy".getBytes(StandardCharsets.UTF_8), arguments);
      assertEquals(2, outcome.code(), String.join(" ", arguments));
      assertEquals(1, outcome.errors().getFirst().lines().count(), outcome.errors().toString());
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
      Outcome outcome = run(new byte[0], command, "--help");
      assertTrue(new String(outcome.out(), StandardCharsets.UTF_8).contains("Example:"), command);
    }
  }
}
