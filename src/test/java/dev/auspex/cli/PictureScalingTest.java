package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The recipe and a forecast for models that read pictures, small, through the command line.
class PictureScalingTest {
  @TempDir private Path folder;

  private CliRun check(String name, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "scale",
                "check",
                "--target=pictures-scale",
                "--json",
                "--widths=16,32,64",
                "--depths=4,8",
                "--dir=" + folder.resolve(name),
                "base.model.vocab_size=300",
                "base.model.context_length=32",
                "base.batch_size=4",
                "base.micro_batch_size=4",
                "base.threads=1"));
    words.addAll(List.of(more));
    return CliRun.of(words.toArray());
  }

  @Test
  void sizesOfImageTokensAndBlocksAreFlatAndAreNotWithoutMup() {
    CliRun flat = check("mup").ending(0);
    List<String> quantities = new ArrayList<>();
    flat.json().path("coordinates").forEach(row -> quantities.add(row.path("quantity").asString()));
    assertTrue(quantities.contains("image tokens"), quantities.toString());
    String lines = check("standard", "--standard").ending(3).json().path("drifting").toString();
    assertTrue(lines.contains("model.mup.base_layers must be"), lines);
  }

  @Test
  void aRatioThatLeavesNoRunsAndDataThatIsNotThereAreOneLineBeforeAnyWork() {
    Path run = folder.resolve("none");
    List<String> words =
        List.of("scale", "run", "--target=pictures-scale", "--data=" + folder.resolve("no"));
    List<String> far = new ArrayList<>(words);
    far.addAll(List.of("--dir=" + run, "--ratio=1000"));
    String line = CliRun.of(far.toArray()).mistake();
    assertTrue(
        line.contains("--ratio (1000.0) must leave at least 3 amounts of compute, it leaves 0"),
        line);
    assertTrue(line.contains("smallest is 1/150 of the target"), line);
    List<String> gone = new ArrayList<>(words);
    gone.addAll(List.of("--dir=" + run, "--ratio=12"));
    assertTrue(CliRun.of(gone.toArray()).mistake().contains("it does not exist"));
    assertFalse(Files.exists(run));
  }

  @Test
  void aRunOnPicturesIsForecastSealedTrainedAndScored() throws IOException {
    Path pictures = folder.resolve("pictures");
    CliRun.of("data", "pictures", "--out=" + pictures, "--count=60", "--heldout=30").ending(0);
    Path run = folder.resolve("run");
    CliRun.of(
            "scale",
            "run",
            "--target=pictures-scale",
            "--ratio=2",
            "--data=" + pictures,
            "--dir=" + run,
            "target_dim=40",
            "dims=[8,16,24]",
            "repeats=1",
            "tokens_per_parameter=0.2",
            "base.threads=1",
            "base.batch_size=2",
            "base.micro_batch_size=2")
        .ending(0);
    CliRun.of("train", "--resume=" + run).ending(0);
    JsonNode score = CliRun.of("scale", "score", "--run=" + run, "--json").json();
    assertTrue(score.path("seal_valid").asBoolean(), score.toString());
    assertTrue(score.path("actual").asDouble() > 0, score.toString());
    Path manifest = run.resolve("ladder/dim-24-seed-1/manifest.json");
    assertTrue(Files.readString(folder.resolve("register.jsonl")).contains("dim-24-seed-1"));
    Files.writeString(manifest, Files.readString(manifest) + "\n");
    assertEquals(
        3,
        CliRun.of("scale", "verify", "--register=" + folder.resolve("register.jsonl")).code(),
        "other data than was sealed");
  }
}
