package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.interchange.TinyPictureModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A picture model of others, trained further here.
class PictureTuningTest {
  @TempDir private Path folder;

  @Test
  void anImportedModelIsTunedWithItsDecoderAtRest() throws IOException {
    Path source = TinyPictureModels.folder(folder.resolve("m"), "smolvlm", true, "F32", 1);
    Path data = folder.resolve("data");
    CliRun.of("data", "pictures", "--out", data, "--count", 12, "--heldout", 8, "--json").json();
    Path run = folder.resolve("run");
    Object[] words = {
      "train",
      "--preset",
      "finetune",
      "--init",
      source,
      "--data",
      data,
      "--dir",
      run,
      "--json",
      "steps=2",
      "threads=1",
      "batch_size=2",
      "micro_batch_size=2",
      "model.context_length=512",
      "vision.decoder_rate=0"
    };
    assertEquals(2, CliRun.of(words).json().get("step").asInt());
    Map<String, byte[]> before = tensors(source);
    Map<String, byte[]> after = tensors(run.resolve("model"));
    assertEquals(before.keySet(), after.keySet());
    before.forEach(
        (name, bytes) -> {
          if (name.contains("text_model")) {
            assertArrayEquals(bytes, after.get(name), name);
          } else if (name.endsWith("weight")) {
            assertFalse(Arrays.equals(bytes, after.get(name)), name);
          }
        });
    assertEquals(
        12,
        PictureAnswer.of(run, data.resolve("images/train-000000.png"), "What is it?")
            .get("ids")
            .size());
    assertTrue(
        CliRun.of("eval", "pictures", "--model", run, "--data", data, "--limit", 2, "--json")
            .json()
            .has("results"));
    words[8] = folder.resolve("other");
    words[words.length - 1] = "vision.image_size=32";
    CliRun wrong = CliRun.of(words);
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("vision.image_size (32) must be 16"), wrong.err());
  }

  private static Map<String, byte[]> tensors(Path model) throws IOException {
    Path file = model.resolve("model.safetensors");
    byte[] all = Files.readAllBytes(file);
    Map<String, byte[]> tensors = new TreeMap<>();
    for (SafeTensors.Entry e : SafeTensors.entries(file)) {
      int start = (int) e.start();
      tensors.put(e.name(), Arrays.copyOfRange(all, start, start + (int) e.length()));
    }
    return tensors;
  }
}
