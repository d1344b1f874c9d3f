package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What reads pictures, in the GGUF file beside the decoder's.
class ProjectorFileTest {
  @TempDir private Path folder;
  private Path source = Path.of("");
  private Path gguf = Path.of("");
  private Path projector = Path.of("");

  @BeforeEach
  void writeBoth() {
    source = TinyPictureModels.folder(folder.resolve("m"), "smolvlm", true, "BF16", 1);
    gguf = folder.resolve("m.gguf");
    projector = folder.resolve("mmproj-m.gguf");
    try (StoredModel stored = StoredModel.open(source)) {
      stored.writeGguf(gguf, null, Progress.NONE);
    }
  }

  private byte[] weights(Path from, String name) throws IOException {
    Path out = folder.resolve(name);
    try (StoredModel stored = StoredModel.open(from)) {
      stored.writeHuggingFace(out, null, Progress.NONE);
    }
    return Files.readAllBytes(out.resolve("model.safetensors"));
  }

  @Test
  void itHasTheNamesKeysAndTypesOfLlamaCpp() {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile.Content content = GgufFile.read(projector, arena);
      Map<String, Object> metadata = content.metadata();
      assertEquals("clip", metadata.get("general.architecture"));
      assertEquals("idefics3", metadata.get("clip.projector_type"));
      assertEquals(true, metadata.get("clip.has_vision_encoder"));
      assertEquals(32L, metadata.get("clip.vision.projection_dim"));
      assertEquals(2L, metadata.get("clip.vision.projector.scale_factor"));
      assertEquals(48L, metadata.get("clip.vision.preproc_image_size"));
      Map<String, StoredTensor> tensors = content.tensors().readable();
      assertEquals(NumberType.F32, tensors.get("v.patch_embd.weight").type());
      assertArrayEquals(new long[] {24, 3, 4, 4}, tensors.get("v.patch_embd.weight").shape());
      assertEquals(NumberType.F32, tensors.get("v.position_embd.weight").type());
      assertEquals(NumberType.F32, tensors.get("v.blk.1.ln2.bias").type());
      assertEquals(NumberType.BF16, tensors.get("v.blk.1.attn_out.weight").type());
      assertArrayEquals(new long[] {40, 24}, tensors.get("v.blk.0.ffn_up.weight").shape());
      assertArrayEquals(new long[] {32, 96}, tensors.get("mm.model.fc.weight").shape());
      assertEquals(38, tensors.size());
    }
  }

  @Test
  void theOnlyOneOfAFolderBelongsToTheOnlyDecoder() throws IOException {
    byte[] expected = weights(source, "expected");
    Files.move(projector, folder.resolve("mmproj-other-f16.gguf"));
    assertArrayEquals(expected, weights(gguf, "file"));
    Path alone = Files.createDirectory(folder.resolve("alone"));
    Files.move(gguf, alone.resolve("decoder.gguf"));
    Files.move(folder.resolve("mmproj-other-f16.gguf"), alone.resolve("mmproj-x.gguf"));
    assertArrayEquals(expected, weights(alone, "folder"));
    UserException refused =
        assertThrows(UserException.class, () -> StoredModel.open(alone.resolve("mmproj-x.gguf")));
    assertTrue(refused.getMessage().contains("give the decoder's file"), refused.getMessage());
    Files.delete(alone.resolve("mmproj-x.gguf"));
    try (StoredModel text = StoredModel.open(alone)) {
      assertTrue(text.vision().isEmpty());
      assertEquals("llama", text.modelType());
    }
  }

  @Test
  void olderFilesWithSwappedNamesAreRead() throws IOException {
    byte[] expected = weights(source, "expected");
    try (StoredModel stored = StoredModel.open(source)) {
      Shape.Vision vision = Objects.requireNonNull(stored.shape().vision());
      List<Slot> slots = Layouts.projector(stored.shape(), vision, true);
      GgufWriter.save(
          projector,
          ProjectorFile.metadata(stored.shape(), vision, "older"),
          GgufWriter.items(slots, new TensorPlan(stored, null, true, Progress.NONE)),
          Progress.NONE);
    }
    assertArrayEquals(expected, weights(gguf, "again"));
  }

  @Test
  void everythingThatDoesNotFitIsToldAtOnce() {
    try (StoredModel stored = StoredModel.open(source)) {
      Shape.Vision vision = Objects.requireNonNull(stored.shape().vision());
      Map<String, Object> metadata = ProjectorFile.metadata(stored.shape(), vision, "wrong");
      metadata.put("clip.projector_type", "ldp");
      metadata.put("clip.use_gelu", false);
      metadata.put("clip.vision.projection_dim", new GgufWriter.Uint(33));
      metadata.put("clip.vision.image_mean", new double[] {0.25});
      metadata.remove("clip.vision.block_count");
      GgufWriter.save(projector, metadata, List.of(), Progress.NONE);
    }
    String message = assertThrows(UserException.class, () -> StoredModel.open(gguf)).getMessage();
    for (String part :
        List.of(
            "mmproj-m.gguf",
            "clip.projector_type (ldp) must be idefics3",
            "clip.use_gelu must be true",
            "projection_dim must be the decoder's width, 32",
            "image_mean (0.25) must be 0.5",
            "block_count () must be a positive whole number")) {
      assertTrue(message.contains(part), message);
    }
  }
}
