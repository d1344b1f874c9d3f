package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.data.ByteEncoder;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class DataCommandTest {
  @TempDir Path dir;

  private Path out;
  private final List<String> asked = new ArrayList<>();

  @BeforeEach
  void writeSources() throws IOException {
    out = dir.resolve("corpus");
    Files.createDirectories(dir.resolve("in"));
    for (int i = 0; i < 40; i++) {
      String text = "/* Copyright X */\nclass C" + i + " { int a = " + i * 7919 + "; }\n";
      Files.writeString(dir.resolve("in/C" + i + ".java"), text);
    }
    Files.writeString(dir.resolve("in/copy.java"), "class C1 { int a = 7919; }\n");
    Files.writeString(dir.resolve("in/readme.txt"), "not wanted");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(dir.resolve("p.zip")))) {
      zip.putNextEntry(new ZipEntry("a/D.java"));
      zip.write("class D {}\n".getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
  }

  private CliRun run(Object... words) {
    return CliRun.with(this::commandLine, words);
  }

  private CommandLine commandLine() {
    CommandLine data =
        DataCommand.commandLine(
            (corpus, wanted, _) -> {
              asked.add(wanted.file() + " " + wanted.size());
              assertTrue(corpus.trainBytes() > 0);
              return new ByteEncoder();
            },
            Progress.NONE);
    return Main.commandLine(List.<Object>of(data));
  }

  private Object[] build(String... more) {
    List<String> arguments = new ArrayList<>(List.of("data", "build", "--source"));
    arguments.add(dir.resolve("in").toString());
    arguments.add(dir.resolve("p.zip").toString());
    arguments.addAll(List.of("--out", out.toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray();
  }

  @Test
  void buildingPrintsTheContractAsJson() {
    CliRun outcome =
        run(
            build(
                "--include",
                "*.java",
                "--strip-licence-headers",
                "--licence",
                "MIT",
                "--heldout",
                "0.2",
                "--vocab-size",
                "512",
                "--json"));
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode json = outcome.json();
    assertEquals(41, json.path("documents").asInt());
    assertEquals(1, json.path("dropped").path("duplicate").asInt());
    assertEquals(1, json.path("dropped").path("not_included").asInt());
    assertEquals(json.path("bytes").asInt() + 41, json.path("tokens").asInt());
    assertTrue(json.path("heldout").path("documents").asInt() > 0);
    assertEquals(out.resolve("ledger.json").toString(), json.path("ledger").asString());
    assertTrue(Files.exists(Path.of(json.path("ledger").asString())));
    assertTrue(
        outcome.err().contains("p.zip (MIT): 1 documents, 11 bytes, 12 tokens"), outcome.err());
    assertEquals(List.of("null 512"), asked);
  }

  @Test
  void theNamedTokenizerIsAskedFor() {
    assertEquals(0, run(build("--tokenizer", "t.json")).code());
    assertEquals(List.of("t.json 4096"), asked);
  }

  @Test
  void inspectingSaysWhatIsThereAndFindsDamage() throws IOException {
    run(build("--heldout", "0.2", "--max-bytes", "1k", "--heldout-by", "hash"));
    CliRun sound = run("data", "inspect", out.toString(), "--json");
    assertEquals(0, sound.code(), sound.err());
    JsonNode json = sound.json();
    assertTrue(json.path("train").path("bytes").asInt() <= 1024);
    assertEquals("NOASSERTION", json.path("licences").path(0).asString());
    Path shard = out.resolve("train-00000.bin");
    byte[] content = Files.readAllBytes(shard);
    content[100] ^= 1;
    Files.write(shard, content);
    CliRun damaged = run("data", "inspect", out.toString());
    assertEquals(2, damaged.code());
    assertTrue(damaged.err().contains("train-00000.bin"), damaged.err());
    assertEquals(1, damaged.err().lines().count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--heldout 1.5",
        "--heldout x",
        "--licence (MIT",
        "--licence MIT --licence MIT --licence MIT",
        "--max-bytes 0",
        "--max-bytes 5X",
        "--max-document-bytes 3",
        "--include [z-a]",
        "--include *.nothing",
        "--threads 0",
        "--source nowhere",
        "--heldout-by luck",
        "--heldout-overlap 1.2",
        "--overlap -0.1",
        "--unknown"
      })
  void mistakesAreOneLineAndTouchNothing(String arguments) throws IOException {
    run(build());
    byte[] before = Files.readAllBytes(out.resolve("dataset.json"));
    CliRun outcome = run(build(arguments.split(" ")));
    assertEquals(2, outcome.code(), outcome.err());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().startsWith("auspex: "), outcome.err());
    assertEquals("", outcome.out());
    assertEquals(
        new String(before, StandardCharsets.UTF_8), Files.readString(out.resolve("dataset.json")));
  }

  @Test
  void aMissingSourceFailsBeforeAnyWork() {
    CliRun outcome = run(build("--source", dir.resolve("gone").toString()));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("gone) must exist"), outcome.err());
    assertFalse(Files.exists(out));
    assertEquals(List.of(), asked);
  }
}
