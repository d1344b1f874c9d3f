package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Pictures named from end to end: questions made of a folder with captions or of JSON lines,
/// trained on, examined beside the centroids of the same split.
class NamingCommandTest {
  @TempDir private static Path shared;
  private static Path run = Path.of("");
  private static Path data = Path.of("");

  /// Five names, of which "stripes" has four pictures and the others one.
  @BeforeAll
  static void trainOnPicturesWithNames() throws IOException {
    Path source = Files.createDirectory(shared.resolve("source"));
    for (int i = 0; i < 8; i++) {
      ImageIO.write(drawn(i), "png", source.resolve(i + ".png").toFile());
      Files.writeString(source.resolve(i + ".txt"), i < 4 ? "stripes" : "block " + i);
    }
    data = shared.resolve("data");
    run = shared.resolve("run");
    JsonNode made =
        CliRun.of("data", "naming", "--source", source, "--out", data, "--views", 6, "--json")
            .ending(0)
            .json();
    assertEquals(8, made.get("pictures").asInt());
    assertEquals(5, made.get("names").asInt());
    assertEquals(6 * (3 + 4), made.get("train").asInt());
    assertEquals(1, made.get("by_picture").asInt());
    assertEquals(4, made.get("by_view").asInt());
    train(data, run).ending(0);
  }

  private static BufferedImage drawn(int number) {
    BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 24 * 24; i++) {
      boolean dark =
          number < 4 ? (i % 24 + number) / 4 % 2 == 0 : i % 24 / 12 + i / 288 * 2 == number - 4;
      image.setRGB(i % 24, i / 24, dark ? 0x203080 + number : 0xFFFFFF);
    }
    return image;
  }

  private static CliRun train(Path from, Path dir) {
    return CliRun.of(
        "train",
        "--preset",
        "pictures",
        "--data",
        from,
        "--dir",
        dir,
        "--json",
        "steps=2",
        "threads=1",
        "batch_size=4",
        "micro_batch_size=4",
        "text.heldout=0.25",
        "model.vocab_size=290",
        "model.dim=16",
        "model.num_layers=1",
        "model.num_heads=2",
        "model.num_kv_heads=2",
        "model.head_dim=8",
        "model.ffn_dim=24",
        "vision.image_size=16",
        "vision.patch_size=4",
        "vision.dim=12",
        "vision.num_layers=1",
        "vision.num_heads=2",
        "vision.ffn_dim=24");
  }

  private static CliRun exam(Path model, Path from, Object... more) {
    List<Object> words = new ArrayList<>(List.of("eval", "naming", "--model", model));
    words.addAll(List.of("--data", from, "--json"));
    words.addAll(List.of(more));
    return CliRun.of(words.toArray());
  }

  private static Set<String> pictures(String part) throws IOException {
    Set<String> bytes = new HashSet<>();
    try (Stream<Path> files = Files.list(data.resolve("images"))) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(part)) {
          bytes.add(Arrays.toString(Files.readAllBytes(file)));
        }
      }
    }
    return bytes;
  }

  @Test
  void noPictureIsOnBothSidesOfTheSplit() throws IOException {
    Set<String> train = pictures("train");
    Set<String> heldout = pictures("heldout");
    assertEquals(5, heldout.size());
    assertTrue(train.stream().noneMatch(heldout::contains));
    long stripes =
        Files.readAllLines(data.resolve("train.jsonl")).stream()
            .filter(line -> line.contains("stripes"))
            .count();
    assertEquals(3 * 6, stripes, "one of four pictures is held out with all its views");
  }

  @Test
  void theSameSeedMakesTheSameBytesAndAnotherDoesNot() throws IOException {
    Path source = shared.resolve("source");
    for (int seed = 1; seed <= 2; seed++) {
      Path again = shared.resolve("seed-" + seed);
      CliRun.of("data", "naming", "--source", source, "--out", again, "--views", 6, "--seed", seed)
          .ending(0);
      byte[] expected = Files.readAllBytes(data.resolve("images/train-000001.png"));
      byte[] found = Files.readAllBytes(again.resolve("images/train-000001.png"));
      assertEquals(seed == 1, Arrays.equals(expected, found));
    }
  }

  @Test
  void theExamTellsModelCentroidsAndAblationOnTheSamePictures() throws IOException {
    JsonNode document = exam(run, data).ending(0).json();
    JsonNode row = document.at("/results/0");
    assertEquals("naming", row.get("task").asString());
    assertEquals(5, row.get("n").asInt());
    assertEquals(5, row.get("names").asInt());
    assertEquals(5, row.get("names_in_training").asInt());
    assertEquals(0, row.get("contaminated").asInt());
    assertEquals(row.get("score"), row.get("clean"));
    assertEquals(0.2, row.get("chance").asDouble());
    assertEquals(64, row.get("lock").asString().length());
    for (String of : List.of("", "blanked_", "baseline_")) {
      double score = row.get(of.isEmpty() ? "score" : of.substring(0, of.length() - 1)).asDouble();
      assertTrue(row.get(of + "low").asDouble() <= score, row::toString);
      assertTrue(row.get(of + "high").asDouble() >= score, row::toString);
    }
    assertTrue(document.at("/gate/held").asBoolean());
    List<String> lines = Files.readAllLines(run.resolve("evals/naming.jsonl"));
    assertEquals(5, lines.size());
    Set<String> names = new HashSet<>();
    int right = 0;
    int nearest = 0;
    for (String line : lines) {
      JsonNode answer = Json.MAPPER.readTree(line);
      names.add(answer.get("right").asString());
      right += answer.get("answer").equals(answer.get("right")) ? 1 : 0;
      nearest += answer.get("baseline").equals(answer.get("right")) ? 1 : 0;
    }
    assertEquals(Set.of("stripes", "block 4", "block 5", "block 6", "block 7"), names);
    assertEquals(right / 5.0, row.get("score").asDouble());
    assertEquals(nearest / 5.0, row.get("baseline").asDouble());
    assertTrue(names.contains(Json.MAPPER.readTree(lines.getFirst()).get("blanked").asString()));
  }

  @Test
  void barsThatAreNotReachedEndInExitCode3() {
    JsonNode missed = exam(run, data, "--at-least", 1, "--times-baseline", 100).ending(3).json();
    assertFalse(missed.at("/gate/held").asBoolean());
    assertEquals(2, missed.at("/gate/failures").size(), missed::toString);
    assertTrue(missed.at("/gate/failures/0").asString().contains("is below 1.0"));
    String wrong = exam(run, data, "--at-least", 2).mistake();
    assertTrue(wrong.contains("--at-least (2.0) must be a share from 0 to 1"), wrong);
  }

  @Test
  void namesMayBeAListOfOnesOwn() throws IOException {
    Path names = Files.writeString(shared.resolve("names.txt"), "stripes\n\nzebra\n block 4 \n");
    JsonNode row =
        exam(run, data, "--names", names, "--limit", 3).ending(0).json().at("/results/0");
    assertEquals(3, row.get("names").asInt());
    assertEquals(2, row.get("names_in_training").asInt());
    assertEquals(3, row.get("n").asInt());
  }

  @Test
  void aFolderWithCaptionsAloneIsSplitAsTheRunSplitIt() {
    Path captioned = shared.resolve("captioned");
    train(shared.resolve("source"), captioned).ending(0);
    JsonNode row = exam(captioned, shared.resolve("source")).ending(0).json().at("/results/0");
    assertEquals(2, row.get("n").asInt(), "a quarter of eight pictures");
    assertEquals(4, row.get("names_in_training").asInt(), "block 7 is held out");
    String bare = exam(captioned.resolve("model"), shared.resolve("source")).mistake();
    assertTrue(bare.contains("must hold heldout.jsonl where --model"), bare);
  }

  @Test
  void jsonLinesNamePicturesInAnArchive() throws IOException {
    Path folder = Files.createDirectory(shared.resolve("lines"));
    Path zip = folder.resolve("images.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("a/0.png"));
      out.write(Files.readAllBytes(shared.resolve("source/0.png")));
      out.putNextEntry(new ZipEntry("a/1.png"));
      out.write(Files.readAllBytes(shared.resolve("source/5.png")));
    }
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(lines)) {
      gzip.write(
          """
          {"image":"a/0.png","names":{"en":"stripes","de":"Streifen"}}
          {"image":"a/1.png","names":{"en":"block","de":"Klötze"}}
          {"image":"a/1.png","names":{"en":"block","de":"Klötze"}}
          """
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    Path file = Files.write(folder.resolve("captions.jsonl.gz"), lines.toByteArray());
    JsonNode made =
        CliRun.of(
                "data",
                "naming",
                "--source",
                file,
                "--images",
                zip,
                "--field",
                "names.de",
                "--views",
                3,
                "--out",
                folder.resolve("data"),
                "--json")
            .ending(0)
            .json();
    assertEquals(2, made.get("pictures").asInt(), "the third is the second again");
    assertEquals(6, made.get("train").asInt());
    String heldout = Files.readString(folder.resolve("data/heldout.jsonl"));
    assertTrue(heldout.contains("Klötze") && heldout.contains("Streifen"), heldout);
    assertArrayEquals(
        pixels(shared.resolve("source/5.png")),
        pixels(folder.resolve("data/images/train-000000.png")),
        "the first view is plain");
  }

  private static int[] pixels(Path file) throws IOException {
    return ImageIO.read(file.toFile()).getRGB(0, 0, 24, 24, null, 0, 24);
  }

  @Test
  void mistakesAreOneLineThatNamesFileAndPlace() throws IOException {
    Path out = shared.resolve("nowhere");
    Path lines = Files.writeString(shared.resolve("bad.jsonl"), "\n{\"image\":\"no.png\"}\n");
    String field = CliRun.of("data", "naming", "--source", lines, "--out", out).mistake();
    assertTrue(field.contains("bad.jsonl:2 must have the texts image (a path) and caption"), field);
    Files.writeString(lines, "{\"image\":\"no.png\",\"caption\":\"x\"}\n");
    String absent = CliRun.of("data", "naming", "--source", lines, "--out", out).mistake();
    assertTrue(absent.contains("bad.jsonl:1 image (no.png) must be a file below"), absent);
    String archive =
        CliRun.of("data", "naming", "--source", lines, "--images", lines, "--out", out).mistake();
    assertTrue(archive.contains("must be a folder or a zip file"), archive);
    Path source = shared.resolve("source");
    String there = CliRun.of("data", "naming", "--source", source, "--out", data).mistake();
    assertTrue(there.contains("must not exist yet"), there);
    String views =
        CliRun.of("data", "naming", "--source", source, "--out", out, "--views", 0).mistake();
    assertTrue(views.contains("--views (0) must be at least 1"), views);
    assertFalse(Files.exists(out));
  }

  @Test
  void emojiAreReadWithTheirNames() {
    Path emoji =
        Path.of(System.getProperty("auspex.shared", "../shared/data"))
            .resolve("images/emoji_openmoji");
    Assumptions.assumeTrue(Files.isDirectory(emoji), () -> emoji + " is absent");
    JsonNode made =
        CliRun.of(
                "data",
                "naming",
                "--source",
                emoji.resolve("captions.jsonl.gz"),
                "--images",
                emoji.resolve("images.zip"),
                "--field",
                "subgroup",
                "--views",
                1,
                "--out",
                shared.resolve("emoji"),
                "--json")
            .ending(0)
            .json();
    assertTrue(made.get("pictures").asInt() > 1000, made::toString);
    assertEquals(0, made.get("by_view").asInt(), "without views a name's only picture is learnt");
    assertTrue(made.get("by_picture").asInt() > 200, made::toString);
  }
}
