package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.vision.PictureForm;
import dev.auspex.vision.Resampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What configurations leave out means what Transformers fills in.
class Idefics3ConfigTest {
  @TempDir private Path folder;

  private Shape read(String config, String preprocessor) throws IOException {
    if (!preprocessor.isEmpty()) {
      Files.writeString(folder.resolve("preprocessor_config.json"), preprocessor);
    }
    return HuggingFaceConfig.read(Files.writeString(folder.resolve("config.json"), config));
  }

  /// The keys that SmolVLM-256M-Instruct has.
  @Test
  void theSmallestReleasedModel() throws IOException {
    Shape shape =
        read(
            """
            {"model_type":"idefics3","image_token_id":49190,"scale_factor":4,
             "tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":49280,
             "text_config":{"model_type":"llama","head_dim":64,"hidden_size":576,
               "intermediate_size":1536,"is_llama_config":true,"max_position_embeddings":8192,
               "num_attention_heads":9,"num_hidden_layers":30,"num_key_value_heads":3,
               "pad_token_id":2,"perceiver_config":{"attention_dropout":0.0},"qk_layer_norms":false,
               "rms_norm_eps":1e-05,"rope_interleaved":false,"rope_theta":100000,
               "vocab_size":49280},
             "vision_config":{"hidden_size":768,"image_size":512,"max_image_size":
               {"longest_edge":512},"model_type":"idefics3","num_attention_heads":12,
               "patch_size":16,"size":{"longest_edge":2048},"use_base_siglip":false}}
            """,
            """
            {"do_convert_rgb":true,"do_image_splitting":true,"do_normalize":true,"do_pad":true,
             "do_rescale":true,"do_resize":true,"image_mean":[0.5,0.5,0.5],
             "image_processor_type":"Idefics3ImageProcessor","image_std":[0.5,0.5,0.5],
             "max_image_size":{"longest_edge":512},"processor_class":"Idefics3Processor",
             "resample":1,"rescale_factor":0.00392156862745098,"size":{"longest_edge":2048}}
            """);
    assertEquals(
        new GptConfig(
            49280, 8192, 576, 30, 9, 3, 64, 1536, 100000, 1e-5, false, false, shape.config().mup()),
        shape.config());
    Shape.Vision vision = Objects.requireNonNull(shape.vision());
    assertEquals(VisionConfig.of(512, 16, 768, 12, 12, 3072, 4, 4, 1e-6), vision.config());
    assertEquals(64, vision.config().tokens());
    assertEquals(49190, vision.imageToken());
    assertEquals(2048, vision.form().longestEdge());
    assertEquals(Resampling.LANCZOS, vision.form().resampling());
  }

  @Test
  void aDecoderWrittenAsDifferencesFromTheDefaults() throws IOException {
    Shape shape =
        read(
            """
            {"model_type":"idefics3","image_token_id":128257,
             "text_config":{"model_type":"llama","intermediate_size":14336,"num_key_value_heads":8,
               "max_position_embeddings":10240,"rope_theta":500000.0,"rms_norm_eps":1e-05,
               "vocab_size":128259,"tie_word_embeddings":null},
             "vision_config":{"image_size":364,"patch_size":14,"intermediate_size":4304,
               "num_hidden_layers":27}}
            """,
            "{\"do_image_splitting\":false}");
    GptConfig config = shape.config();
    assertEquals(4096, config.dim());
    assertEquals(32, config.numLayers());
    assertEquals(32, config.numHeads());
    assertEquals(8, config.numKvHeads());
    assertEquals(128, config.headDim());
    assertFalse(config.tieEmbeddings());
    assertNull(shape.variant().ropeScaling());
    Shape.Vision vision = Objects.requireNonNull(shape.vision());
    assertEquals(VisionConfig.of(364, 14, 1152, 27, 16, 4304, 2, 1, 1e-6), vision.config());
    assertEquals(169, vision.config().tokens());
    assertEquals(4 * 364, vision.form().longestEdge());
  }

  @Test
  void aConfigurationWithHardlyAnythingInIt() throws IOException {
    Shape shape = read("{\"model_type\":\"smolvlm\",\"vision_config\":{\"image_size\":256}}", "");
    assertEquals(32000, shape.config().vocabSize());
    assertEquals(11008, shape.config().ffnDim());
    assertEquals(1e-5, shape.config().normEps());
    Shape.Vision vision = Objects.requireNonNull(shape.vision());
    assertEquals(VisionConfig.of(256, 32, 1152, 12, 16, 3072, 2, 4, 1e-6), vision.config());
    assertEquals(128257, vision.imageToken());
    assertEquals(PictureForm.IMAGE, vision.form().image());
  }

  @Test
  void namesOfMarksAndTheNewerPlaceOfTheProcessor() throws IOException {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"image_token":"<pic>","extra_special_tokens":{"fake_image_token":"<edge>"}}
        """);
    Files.writeString(
        folder.resolve("processor_config.json"),
        """
        {"image_seq_len":9,"image_processor":{"size":{"longest_edge":448},"resample":3,
         "max_image_size":{"longest_edge":224}}}
        """);
    String config =
        """
        {"model_type":"%s","scale_factor":1,"text_config":{"model_type":"qwen3"}}""";
    PictureForm form =
        Objects.requireNonNull(read(config.formatted("smolvlm"), "").vision()).form();
    assertEquals(
        new PictureForm(224, 448, true, Resampling.BICUBIC, "<pic>", "<edge>", "<global-img>"),
        form);
    Shape fixed = read(config.formatted("idefics3"), "");
    assertEquals(PictureForm.IMAGE, Objects.requireNonNull(fixed.vision()).form().image());
    assertTrue(fixed.config().qkNorm());
  }
}
