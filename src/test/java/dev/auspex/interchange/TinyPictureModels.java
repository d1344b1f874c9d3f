package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.tokenizer.BpeTokenizer;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.node.ObjectNode;

/// Small Idefics3 and SmolVLM folders with random numbers, laid out as the released ones are:
/// nested configurations that leave out what is usual, the processor's files, BF16 shards.
public final class TinyPictureModels {
  /// SmolVLM's chat template, as its folder has it.
  public static final String TEMPLATE =
      "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
          + "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
          + "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
          + "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}"
          + "<end_of_utterance>\n{% endfor %}"
          + "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

  static final int VOCAB = 304;
  static final int DIM = 32;
  static final int FFN = 64;
  static final int ENCODER_DIM = 24;
  static final int ENCODER_FFN = 40;
  static final int LAYERS = 2;

  private TinyPictureModels() {}

  /// A vocabulary with SmolVLM's special tokens.
  public static BpeTokenizer tokenizer() {
    List<String> specials =
        new ArrayList<>(
            List.of(
                "<|endoftext|>",
                "<|im_start|>",
                "<|im_end|>",
                "<image>",
                "<fake_token_around_image>",
                "<global-img>",
                "<end_of_utterance>"));
    for (int i = 0; i < 9; i++) {
      specials.add("<row_%d_col_%d>".formatted(i / 3 + 1, i % 3 + 1));
    }
    byte[] text =
        "What does the picture show? A cat.\n\nWhat does the cat do?\n\nThe cat sleeps.\n"
            .repeat(3)
            .getBytes(StandardCharsets.UTF_8);
    BpeTrainerConfig config =
        new BpeTrainerConfig(300, "", specials, 1, 100_000).withPattern("gpt2");
    return BpeTrainer.train(List.of(text).iterator(), config, Progress.NONE).tokenizer();
  }

  /// Writes a folder.
  ///
  /// @param type `idefics3` or `smolvlm`
  public static Path folder(Path folder, String type, boolean tied, String dtype, int shards) {
    BpeTokenizer tokenizer = tokenizer();
    tokenizer.save(folder.resolve("tokenizer.json"));
    Json.write(folder.resolve("config.json"), config(type, tied, tokenizer));
    Json.write(
        folder.resolve("generation_config.json"),
        Map.of("bos_token_id", 1, "eos_token_id", 6, "pad_token_id", 2));
    Json.write(
        folder.resolve("tokenizer_config.json"),
        Map.of(
            "tokenizer_class", "PreTrainedTokenizerFast",
            "bos_token", "<|im_start|>",
            "eos_token", "<end_of_utterance>",
            "pad_token", "<|im_end|>",
            "clean_up_tokenization_spaces", false));
    Json.write(folder.resolve("chat_template.json"), Map.of("chat_template", TEMPLATE));
    String name = type.equals("smolvlm") ? "SmolVLM" : "Idefics3";
    Json.write(
        folder.resolve("processor_config.json"),
        Map.of("image_seq_len", 4, "processor_class", name + "Processor"));
    ObjectNode processor = Json.MAPPER.createObjectNode();
    processor.put("image_processor_type", name + "ImageProcessor");
    processor.put("processor_class", name + "Processor");
    processor.put("do_image_splitting", true);
    processor.put("resample", 1);
    processor.putObject("size").put("longest_edge", 48);
    processor.putObject("max_image_size").put("longest_edge", 16);
    Json.write(folder.resolve("preprocessor_config.json"), processor);
    weights(folder, shapes(tied), dtype, shards);
    return folder;
  }

  private static ObjectNode config(String type, boolean tied, BpeTokenizer tokenizer) {
    ObjectNode config = Json.MAPPER.createObjectNode();
    config.put("model_type", type);
    config
        .putArray("architectures")
        .add((type.equals("smolvlm") ? "SmolVLM" : "Idefics3") + "ForConditionalGeneration");
    config.put("image_token_id", tokenizer.specialId("<image>").orElseThrow());
    config.put("tie_word_embeddings", tied);
    ObjectNode text = config.putObject("text_config");
    text.put("model_type", "llama");
    text.put("vocab_size", VOCAB);
    text.put("hidden_size", DIM);
    text.put("num_hidden_layers", LAYERS);
    text.put("num_attention_heads", 4);
    text.put("num_key_value_heads", 2);
    text.put("intermediate_size", FFN);
    text.put("max_position_embeddings", 512);
    text.put("rope_theta", 5000.0);
    text.put("rms_norm_eps", 1e-5);
    text.put("tie_word_embeddings", tied);
    text.put("pad_token_id", 2);
    text.putNull("rope_scaling");
    ObjectNode vision = config.putObject("vision_config");
    vision.put("hidden_size", ENCODER_DIM);
    vision.put("intermediate_size", ENCODER_FFN);
    vision.put("num_hidden_layers", LAYERS);
    vision.put("num_attention_heads", 3);
    vision.put("image_size", 16);
    vision.put("patch_size", 4);
    return config;
  }

  private static Map<String, long[]> shapes(boolean tied) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    if (!tied) {
      shapes.put("lm_head.weight", new long[] {VOCAB, DIM});
    }
    shapes.put(
        "model.connector.modality_projection.proj.weight", new long[] {DIM, 4 * ENCODER_DIM});
    shapes.put("model.text_model.embed_tokens.weight", new long[] {VOCAB, DIM});
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "model.text_model.layers." + layer + ".";
      shapes.put(at + "input_layernorm.weight", new long[] {DIM});
      shapes.put(at + "mlp.down_proj.weight", new long[] {DIM, FFN});
      shapes.put(at + "mlp.gate_proj.weight", new long[] {FFN, DIM});
      shapes.put(at + "mlp.up_proj.weight", new long[] {FFN, DIM});
      shapes.put(at + "post_attention_layernorm.weight", new long[] {DIM});
      shapes.put(at + "self_attn.k_proj.weight", new long[] {16, DIM});
      shapes.put(at + "self_attn.o_proj.weight", new long[] {DIM, DIM});
      shapes.put(at + "self_attn.q_proj.weight", new long[] {DIM, DIM});
      shapes.put(at + "self_attn.v_proj.weight", new long[] {16, DIM});
    }
    shapes.put("model.text_model.norm.weight", new long[] {DIM});
    String encoder = "model.vision_model.";
    affine(shapes, encoder + "embeddings.patch_embedding", ENCODER_DIM, 3, 4, 4);
    shapes.put(encoder + "embeddings.position_embedding.weight", new long[] {16, ENCODER_DIM});
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = encoder + "encoder.layers." + layer + ".";
      affine(shapes, at + "layer_norm1", ENCODER_DIM);
      affine(shapes, at + "layer_norm2", ENCODER_DIM);
      affine(shapes, at + "mlp.fc1", ENCODER_FFN, ENCODER_DIM);
      affine(shapes, at + "mlp.fc2", ENCODER_DIM, ENCODER_FFN);
      for (String name : List.of("k_proj", "out_proj", "q_proj", "v_proj")) {
        affine(shapes, at + "self_attn." + name, ENCODER_DIM, ENCODER_DIM);
      }
    }
    affine(shapes, encoder + "post_layernorm", ENCODER_DIM);
    return shapes;
  }

  private static void affine(Map<String, long[]> shapes, String name, long... shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", new long[] {shape[0]});
  }

  private static void weights(Path folder, Map<String, long[]> shapes, String dtype, int shards) {
    List<String> names = new ArrayList<>(shapes.keySet());
    Map<String, String> where = new LinkedHashMap<>();
    for (int shard = 0; shard < shards; shard++) {
      String file =
          shards == 1
              ? "model.safetensors"
              : "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
      List<SafeTensors.Entry> entries = new ArrayList<>();
      for (int i = shard; i < names.size(); i += shards) {
        long[] shape = shapes.get(names.get(i));
        int bytes = TinyModels.count(shape) * (dtype.equals("F32") ? 4 : 2);
        entries.add(new SafeTensors.Entry(names.get(i), dtype, shape, 0, bytes));
        where.put(names.get(i), file);
      }
      SafeTensors.write(
          folder.resolve(file),
          entries,
          Map.of("format", "pt"),
          (entry, out) -> out.write(numbers(entry, dtype)));
    }
    if (shards > 1) {
      Json.write(
          folder.resolve("model.safetensors.index.json"),
          Map.of("metadata", Map.of(), "weight_map", where));
    }
  }

  /// Drawn for each tensor by its name; all fit in BF16.
  private static byte[] numbers(SafeTensors.Entry entry, String dtype) {
    SplittableRandom random = new SplittableRandom(entry.name().hashCode());
    boolean norm = entry.name().matches(".*(norm\\d?|layernorm)\\.weight");
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.length()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < TinyModels.count(entry.shape()); i++) {
      float value = (float) (0.25 * random.nextGaussian() + (norm ? 1 : 0));
      int bits = Float.floatToRawIntBits(value) & 0xFFFF0000;
      switch (dtype) {
        case "F32" -> bytes.putInt(bits);
        case "F16" -> bytes.putShort(Float.floatToFloat16(Float.intBitsToFloat(bits)));
        default -> bytes.putShort((short) (bits >>> 16));
      }
    }
    return bytes.array();
  }
}
