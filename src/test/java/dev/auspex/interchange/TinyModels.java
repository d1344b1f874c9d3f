package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Lora;
import dev.auspex.tensor.DType;
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

/// Small Hugging Face folders with random numbers, written as Transformers writes them.
public final class TinyModels {
  static final int VOCAB = 300;
  static final int DIM = 32;
  static final int LAYERS = 2;
  static final int HEADS = 4;
  static final int KV_HEADS = 2;
  static final int FFN = 64;
  static final int CONTEXT = 256;

  private TinyModels() {}

  /// Tokens that the models attend to at most.
  public static int context() {
    return CONTEXT;
  }

  /// A vocabulary of 280 tokens.
  public static BpeTokenizer tokenizer() {
    List<byte[]> documents =
        List.of(
            "the cat sat on the mat and the rat sat on the cat, 12345 times"
                .getBytes(StandardCharsets.UTF_8));
    BpeTrainerConfig config = BpeTrainerConfig.of(280).withThreads(1).withPattern("cl100k");
    return BpeTrainer.train(documents.iterator(), config, Progress.NONE).tokenizer();
  }

  /// Llama with grouped keys, or Qwen3.
  public static Path llama(Path folder, String type, boolean tied, String dtype) {
    ObjectNode config = Json.MAPPER.createObjectNode();
    config.put("model_type", type);
    config.put("vocab_size", VOCAB);
    config.put("hidden_size", DIM);
    config.put("num_hidden_layers", LAYERS);
    config.put("num_attention_heads", HEADS);
    config.put("num_key_value_heads", KV_HEADS);
    config.put("head_dim", 8);
    config.put("intermediate_size", FFN);
    config.put("max_position_embeddings", CONTEXT);
    config.put("rope_theta", 5000.0);
    config.put("rms_norm_eps", 1e-5);
    config.put("tie_word_embeddings", tied);
    config.put("bos_token_id", 0);
    config.put("eos_token_id", 0);
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {VOCAB, DIM});
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "model.layers." + layer + ".";
      shapes.put(at + "input_layernorm.weight", new long[] {DIM});
      shapes.put(at + "mlp.down_proj.weight", new long[] {DIM, FFN});
      shapes.put(at + "mlp.gate_proj.weight", new long[] {FFN, DIM});
      shapes.put(at + "mlp.up_proj.weight", new long[] {FFN, DIM});
      shapes.put(at + "post_attention_layernorm.weight", new long[] {DIM});
      shapes.put(at + "self_attn.k_proj.weight", new long[] {KV_HEADS * 8, DIM});
      shapes.put(at + "self_attn.o_proj.weight", new long[] {DIM, HEADS * 8});
      shapes.put(at + "self_attn.q_proj.weight", new long[] {HEADS * 8, DIM});
      shapes.put(at + "self_attn.v_proj.weight", new long[] {KV_HEADS * 8, DIM});
      if (type.equals("qwen3")) {
        shapes.put(at + "self_attn.k_norm.weight", new long[] {8});
        shapes.put(at + "self_attn.q_norm.weight", new long[] {8});
      }
    }
    shapes.put("model.norm.weight", new long[] {DIM});
    if (!tied) {
      shapes.put("lm_head.weight", new long[] {VOCAB, DIM});
    }
    return write(folder, config, shapes, dtype);
  }

  /// GPT-2, with the names of a bare model.
  public static Path gpt2(Path folder, String dtype) {
    ObjectNode config = Json.MAPPER.createObjectNode();
    config.put("model_type", "gpt2");
    config.put("vocab_size", VOCAB);
    config.put("n_embd", DIM);
    config.put("n_layer", LAYERS);
    config.put("n_head", HEADS);
    config.put("n_positions", CONTEXT);
    config.put("bos_token_id", 0);
    config.put("eos_token_id", 0);
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("wte.weight", new long[] {VOCAB, DIM});
    shapes.put("wpe.weight", new long[] {CONTEXT, DIM});
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "h." + layer + ".";
      both(shapes, at + "ln_1", DIM);
      both(shapes, at + "attn.c_attn", DIM, 3 * DIM);
      both(shapes, at + "attn.c_proj", DIM, DIM);
      both(shapes, at + "ln_2", DIM);
      both(shapes, at + "mlp.c_fc", DIM, 4 * DIM);
      both(shapes, at + "mlp.c_proj", 4 * DIM, DIM);
    }
    both(shapes, "ln_f", DIM);
    return write(folder, config, shapes, dtype);
  }

  /// An adapter of rank 2 on all modules, as it is before training.
  static PeftAdapter adapter(StoredModel base) {
    List<Lora.Module> modules = PeftModules.all(base.shape());
    Lora lora = new Lora(2, Lora.draw(modules, 2, 1));
    return PeftAdapter.trained(base, 2, 4, List.of(), base.load(DType.FP32, CONTEXT, lora));
  }

  /// Gives a Llama folder the rotary scaling of Llama 3.1.
  public static void stretchRotaryFrequencies(Path folder) {
    ObjectNode config = (ObjectNode) Json.readTree(folder.resolve("config.json"));
    ObjectNode scaling = config.putObject("rope_scaling");
    scaling.put("rope_type", "llama3").put("factor", 8).put("low_freq_factor", 1);
    scaling.put("high_freq_factor", 4).put("original_max_position_embeddings", 8192);
    Json.write(folder.resolve("config.json"), config);
  }

  private static void both(Map<String, long[]> shapes, String name, long... shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", new long[] {shape[shape.length - 1]});
  }

  private static Path write(
      Path folder, ObjectNode config, Map<String, long[]> shapes, String dtype) {
    Json.write(folder.resolve("config.json"), config);
    List<SafeTensors.Entry> entries = new ArrayList<>();
    int width = dtype.equals("F32") ? 4 : 2;
    shapes.forEach(
        (name, shape) ->
            entries.add(new SafeTensors.Entry(name, dtype, shape, 0, count(shape) * width)));
    SplittableRandom random = new SplittableRandom(11);
    SafeTensors.write(
        folder.resolve("model.safetensors"),
        entries,
        Map.of("format", "pt"),
        (entry, out) -> {
          ByteBuffer bytes =
              ByteBuffer.allocate((int) entry.length()).order(ByteOrder.LITTLE_ENDIAN);
          boolean norm = entry.shape().length == 1 && entry.name().endsWith("weight");
          for (int i = 0; i < count(entry.shape()); i++) {
            float value = (float) (0.3 * random.nextGaussian() + (norm ? 1 : 0));
            switch (dtype) {
              case "F32" -> bytes.putFloat(value);
              case "F16" -> bytes.putShort(Float.floatToFloat16(value));
              default -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
            }
          }
          out.write(bytes.array());
        });
    tokenizer().save(folder.resolve("tokenizer.json"));
    return folder;
  }

  static int count(long[] shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    return count;
  }
}
