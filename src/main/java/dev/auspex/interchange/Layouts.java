package dev.auspex.interchange;

import dev.auspex.model.VisionShapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors that each file format holds for each family: names, shapes, order of rows.
final class Layouts {
  private static final List<String> KINDS = List.of(".weight", ".bias");

  /// Our names within a layer, and GGUF's, in the order in which they are written.
  private static final Map<String, String> GGUF = new LinkedHashMap<>();

  /// The same for GPT-2 in Hugging Face folders.
  static final Map<String, String> GPT2 = new LinkedHashMap<>();

  private static final Map<String, String> SWAPPED =
      Map.of("ffn_up", "ffn_down", "ffn_down", "ffn_up");

  /// The same for the image encoder in GGUF files.
  private static final Map<String, String> PROJECTOR = new LinkedHashMap<>();

  /// The same for llama2.c.
  private static final Map<String, String> LLAMA2C = new LinkedHashMap<>();

  static {
    GGUF.put("input_layernorm", "attn_norm");
    GGUF.put("self_attn.q_proj", "attn_q");
    GGUF.put("self_attn.k_proj", "attn_k");
    GGUF.put("self_attn.v_proj", "attn_v");
    GGUF.put("self_attn.q_norm", "attn_q_norm");
    GGUF.put("self_attn.k_norm", "attn_k_norm");
    GGUF.put("self_attn.o_proj", "attn_output");
    GGUF.put("post_attention_layernorm", "ffn_norm");
    GGUF.put("mlp.gate_proj", "ffn_gate");
    GGUF.put("mlp.up_proj", "ffn_up");
    GGUF.put("mlp.down_proj", "ffn_down");
    GPT2.put("input_layernorm", "ln_1");
    GPT2.put("self_attn.o_proj", "attn.c_proj");
    GPT2.put("post_attention_layernorm", "ln_2");
    GPT2.put("mlp.up_proj", "mlp.c_fc");
    GPT2.put("mlp.down_proj", "mlp.c_proj");
    PROJECTOR.put("layer_norm1", "ln1");
    PROJECTOR.put("self_attn.q_proj", "attn_q");
    PROJECTOR.put("self_attn.k_proj", "attn_k");
    PROJECTOR.put("self_attn.v_proj", "attn_v");
    PROJECTOR.put("self_attn.out_proj", "attn_out");
    PROJECTOR.put("layer_norm2", "ln2");
    PROJECTOR.put("mlp.fc1", "ffn_up");
    PROJECTOR.put("mlp.fc2", "ffn_down");
    LLAMA2C.put("input_layernorm", "rms_att_weight");
    LLAMA2C.put("self_attn.q_proj", "wq");
    LLAMA2C.put("self_attn.k_proj", "wk");
    LLAMA2C.put("self_attn.v_proj", "wv");
    LLAMA2C.put("self_attn.o_proj", "wo");
    LLAMA2C.put("post_attention_layernorm", "rms_ffn_weight");
    LLAMA2C.put("mlp.gate_proj", "w1");
    LLAMA2C.put("mlp.down_proj", "w2");
    LLAMA2C.put("mlp.up_proj", "w3");
  }

  private final Shape shape;
  private final Map<String, long[]> shapes;
  private final List<Slot> slots = new ArrayList<>();

  private Layouts(Shape shape) {
    this.shape = shape;
    this.shapes = shape.parameters();
  }

  /// `model.safetensors` of a Hugging Face folder.
  static List<Slot> huggingFace(Shape shape) {
    Layouts layout = new Layouts(shape);
    if (shape.family() == Family.GPT2) {
      layout.huggingFaceGpt2();
    } else if (shape.vision() != null) {
      layout.idefics3(shape.vision());
    } else {
      layout.shapes.keySet().forEach(name -> layout.plain(name, name));
    }
    return layout.slots;
  }

  /// Idefics3 and SmolVLM: the decoder, the encoder and what joins them, all below `model.`.
  private void idefics3(Shape.Vision vision) {
    for (String name : shapes.keySet()) {
      if (name.equals(VisionShapes.PATCH_WEIGHT)) {
        kernel("model." + name, name, vision);
      } else if (name.startsWith("model.")) {
        plain("model.text_" + name, name);
      } else {
        plain(name.startsWith("lm_head") ? name : "model." + name, name);
      }
    }
  }

  /// The patch embedding as a convolution's kernel.
  private void kernel(String name, String parameter, Shape.Vision vision) {
    long patch = vision.config().patchSize();
    long[] sizes = {vision.config().dim(), 3, patch, patch};
    slots.add(new Slot(name, sizes, List.of(parameter), Slot.Order.AS_IS, 1));
  }

  /// The GGUF file of the part that reads pictures, as llama.cpp reads it.
  ///
  /// @param swapped whether the feed-forward's two matrices bear each other's names, as in files of
  ///     before May 2025
  static List<Slot> projector(Shape shape, Shape.Vision vision, boolean swapped) {
    Layouts layout = new Layouts(shape);
    layout.kernel("v.patch_embd.weight", VisionShapes.PATCH_WEIGHT, vision);
    layout.plain("v.patch_embd.bias", VisionShapes.PATCH + ".bias");
    layout.plain("v.position_embd.weight", VisionShapes.POSITION);
    for (int layer = 0; layer < vision.config().numLayers(); layer++) {
      String from = VisionShapes.layer(layer);
      String to = "v.blk." + layer + ".";
      for (String kind : KINDS) {
        PROJECTOR.forEach((ours, theirs) -> layout.plain(to + theirs + kind, from + ours + kind));
      }
    }
    KINDS.forEach(kind -> layout.plain("v.post_ln" + kind, VisionShapes.POST_NORM + kind));
    layout.plain("mm.model.fc.weight", VisionShapes.PROJECTION);
    return layout.slots;
  }

  private void huggingFaceGpt2() {
    plain("transformer.wte.weight", "model.embed_tokens.weight");
    plain("transformer.wpe.weight", "model.embed_positions.weight");
    for (int layer = 0; layer < shape.config().numLayers(); layer++) {
      String from = "model.layers." + layer + ".";
      String to = "transformer.h." + layer + ".";
      for (String kind : KINDS) {
        slots.add(queryKeyValue(to + "attn.c_attn" + kind, from, kind).transposed());
        GPT2.forEach(
            (ours, theirs) ->
                slots.add(Slot.plain(to + theirs + kind, shapes, from + ours + kind).transposed()));
      }
    }
    plain("transformer.ln_f.weight", "model.norm.weight");
    plain("transformer.ln_f.bias", "model.norm.bias");
    plain("lm_head.weight", "lm_head.weight");
  }

  /// A GGUF file as llama.cpp reads it.
  static List<Slot> gguf(Shape shape) {
    Layouts layout = new Layouts(shape);
    layout.plain("token_embd.weight", "model.embed_tokens.weight");
    layout.plain("position_embd.weight", "model.embed_positions.weight");
    for (int layer = 0; layer < shape.config().numLayers(); layer++) {
      layout.ggufLayer("blk." + layer + ".", "model.layers." + layer + ".");
    }
    KINDS.forEach(kind -> layout.plain("output_norm" + kind, "model.norm" + kind));
    layout.plain("output.weight", "lm_head.weight");
    return layout.slots;
  }

  private void ggufLayer(String to, String from) {
    boolean joined = shape.family() == Family.GPT2;
    for (String kind : KINDS) {
      if (joined) {
        slots.add(queryKeyValue(to + "attn_qkv" + kind, from, kind));
      }
      GGUF.forEach(
          (ours, theirs) -> {
            String name = to + theirs + kind;
            String parameter = from + ours + kind;
            boolean turned = theirs.equals("attn_q") || theirs.equals("attn_k");
            if (turned && shape.family() == Family.LLAMA) {
              paired(name, parameter, theirs.equals("attn_q"));
            } else if (!joined || !turned && !theirs.equals("attn_v")) {
              plain(name, parameter);
            }
          });
    }
  }

  /// The parameters of a llama2.c file in its order, which has no names.
  static List<Slot> llama2c(Shape shape) {
    Layouts layout = new Layouts(shape);
    layout.plain("token_embedding_table", "model.embed_tokens.weight");
    LLAMA2C.forEach(
        (ours, theirs) -> {
          for (int layer = 0; layer < shape.config().numLayers(); layer++) {
            String parameter = "model.layers." + layer + "." + ours + ".weight";
            String name = theirs + "." + layer;
            if (theirs.equals("wq") || theirs.equals("wk")) {
              layout.paired(name, parameter, theirs.equals("wq"));
            } else {
              layout.plain(name, parameter);
            }
          }
        });
    layout.plain("rms_final_weight", "model.norm.weight");
    layout.plain("wcls", "lm_head.weight");
    return layout.slots;
  }

  /// Adds a parameter as it is, where the model has it.
  private void plain(String name, String parameter) {
    if (shapes.containsKey(parameter)) {
      slots.add(Slot.plain(name, shapes, parameter));
    }
  }

  private void paired(String name, String parameter, boolean query) {
    if (shapes.containsKey(parameter)) {
      int heads = query ? shape.config().numHeads() : shape.config().numKvHeads();
      slots.add(Slot.paired(name, shapes, parameter, heads));
    }
  }

  private Slot queryKeyValue(String name, String layer, String kind) {
    String at = layer + "self_attn.";
    return Slot.joined(
        name, shapes, List.of(at + "q_proj" + kind, at + "k_proj" + kind, at + "v_proj" + kind));
  }
}
