package dev.auspex.interchange;

import dev.auspex.model.GptConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors that each file format holds for each family: names, shapes, order of rows.
final class Layouts {
  private Layouts() {}

  /// `model.safetensors` of a Hugging Face folder.
  static List<Slot> huggingFace(Shape shape) {
    Map<String, long[]> shapes = shape.parameters();
    List<Slot> slots = new ArrayList<>();
    if (shape.family() != Family.GPT2) {
      shapes.keySet().forEach(name -> slots.add(Slot.plain(name, shapes, name)));
      return slots;
    }
    slots.add(Slot.plain("transformer.wte.weight", shapes, "model.embed_tokens.weight"));
    slots.add(Slot.plain("transformer.wpe.weight", shapes, "model.embed_positions.weight"));
    for (int layer = 0; layer < shape.config().numLayers(); layer++) {
      String from = "model.layers." + layer + ".";
      String to = "transformer.h." + layer + ".";
      for (String kind : List.of(".weight", ".bias")) {
        slots.add(Slot.plain(to + "ln_1" + kind, shapes, from + "input_layernorm" + kind));
        slots.add(
            Slot.joined(to + "attn.c_attn" + kind, shapes, queryKeyValue(from, kind)).transposed());
        slots.add(
            Slot.plain(to + "attn.c_proj" + kind, shapes, from + "self_attn.o_proj" + kind)
                .transposed());
        slots.add(Slot.plain(to + "ln_2" + kind, shapes, from + "post_attention_layernorm" + kind));
        slots.add(
            Slot.plain(to + "mlp.c_fc" + kind, shapes, from + "mlp.up_proj" + kind).transposed());
        slots.add(
            Slot.plain(to + "mlp.c_proj" + kind, shapes, from + "mlp.down_proj" + kind)
                .transposed());
      }
    }
    slots.add(Slot.plain("transformer.ln_f.weight", shapes, "model.norm.weight"));
    slots.add(Slot.plain("transformer.ln_f.bias", shapes, "model.norm.bias"));
    if (!shape.config().tieEmbeddings()) {
      slots.add(Slot.plain("lm_head.weight", shapes, "lm_head.weight"));
    }
    return slots;
  }

  private static List<String> queryKeyValue(String layer, String kind) {
    String at = layer + "self_attn.";
    return List.of(at + "q_proj" + kind, at + "k_proj" + kind, at + "v_proj" + kind);
  }

  /// A GGUF file as llama.cpp reads it.
  static List<Slot> gguf(Shape shape) {
    Map<String, long[]> shapes = shape.parameters();
    GptConfig config = shape.config();
    List<Slot> slots = new ArrayList<>();
    slots.add(Slot.plain("token_embd.weight", shapes, "model.embed_tokens.weight"));
    if (shape.family() == Family.GPT2) {
      slots.add(Slot.plain("position_embd.weight", shapes, "model.embed_positions.weight"));
    }
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String from = "model.layers." + layer + ".";
      String to = "blk." + layer + ".";
      if (shape.family() == Family.GPT2) {
        for (String kind : List.of(".weight", ".bias")) {
          slots.add(Slot.joined(to + "attn_qkv" + kind, shapes, queryKeyValue(from, kind)));
        }
      } else {
        for (String letter : List.of("q", "k")) {
          String parameter = from + "self_attn." + letter + "_proj.weight";
          String name = to + "attn_" + letter + ".weight";
          int heads = letter.equals("q") ? config.numHeads() : config.numKvHeads();
          slots.add(
              shape.family() == Family.LLAMA
                  ? Slot.paired(name, shapes, parameter, heads)
                  : Slot.plain(name, shapes, parameter));
        }
      }
      GGUF_NAMES.forEach(
          (ours, theirs) -> {
            boolean joined = shape.family() == Family.GPT2 && ours.equals("self_attn.v_proj");
            for (String kind : List.of(".weight", ".bias")) {
              if (!joined && shapes.containsKey(from + ours + kind)) {
                slots.add(Slot.plain(to + theirs + kind, shapes, from + ours + kind));
              }
            }
          });
    }
    for (String kind : List.of(".weight", ".bias")) {
      if (shapes.containsKey("model.norm" + kind)) {
        slots.add(Slot.plain("output_norm" + kind, shapes, "model.norm" + kind));
      }
    }
    if (!config.tieEmbeddings()) {
      slots.add(Slot.plain("output.weight", shapes, "lm_head.weight"));
    }
    return slots;
  }

  /// What has the same place in all families, in the order in which it is written.
  private static final Map<String, String> GGUF_NAMES = new LinkedHashMap<>();

  static {
    GGUF_NAMES.put("input_layernorm", "attn_norm");
    GGUF_NAMES.put("self_attn.v_proj", "attn_v");
    GGUF_NAMES.put("self_attn.q_norm", "attn_q_norm");
    GGUF_NAMES.put("self_attn.k_norm", "attn_k_norm");
    GGUF_NAMES.put("self_attn.o_proj", "attn_output");
    GGUF_NAMES.put("post_attention_layernorm", "ffn_norm");
    GGUF_NAMES.put("mlp.gate_proj", "ffn_gate");
    GGUF_NAMES.put("mlp.up_proj", "ffn_up");
    GGUF_NAMES.put("mlp.down_proj", "ffn_down");
  }

  /// The parameters of a llama2.c file in its order, which has no names.
  static List<Slot> llama2c(Shape shape) {
    Map<String, long[]> shapes = shape.parameters();
    GptConfig config = shape.config();
    List<Slot> slots = new ArrayList<>();
    slots.add(Slot.plain("token_embedding_table", shapes, "model.embed_tokens.weight"));
    LLAMA2C_NAMES.forEach(
        (ours, theirs) -> {
          for (int layer = 0; layer < config.numLayers(); layer++) {
            String parameter = "model.layers." + layer + "." + ours + ".weight";
            String name = theirs + "." + layer;
            slots.add(
                switch (theirs) {
                  case "wq" -> Slot.paired(name, shapes, parameter, config.numHeads());
                  case "wk" -> Slot.paired(name, shapes, parameter, config.numKvHeads());
                  default -> Slot.plain(name, shapes, parameter);
                });
          }
        });
    slots.add(Slot.plain("rms_final_weight", shapes, "model.norm.weight"));
    if (!config.tieEmbeddings()) {
      slots.add(Slot.plain("wcls", shapes, "lm_head.weight"));
    }
    return slots;
  }

  private static final Map<String, String> LLAMA2C_NAMES = new LinkedHashMap<>();

  static {
    LLAMA2C_NAMES.put("input_layernorm", "rms_att_weight");
    LLAMA2C_NAMES.put("self_attn.q_proj", "wq");
    LLAMA2C_NAMES.put("self_attn.k_proj", "wk");
    LLAMA2C_NAMES.put("self_attn.v_proj", "wv");
    LLAMA2C_NAMES.put("self_attn.o_proj", "wo");
    LLAMA2C_NAMES.put("post_attention_layernorm", "rms_ffn_weight");
    LLAMA2C_NAMES.put("mlp.gate_proj", "w1");
    LLAMA2C_NAMES.put("mlp.down_proj", "w2");
    LLAMA2C_NAMES.put("mlp.up_proj", "w3");
  }
}
