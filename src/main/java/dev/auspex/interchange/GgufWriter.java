package dev.auspex.interchange;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Progress;
import dev.auspex.model.GptConfig;
import dev.auspex.model.RopeScaling;
import dev.auspex.tokenizer.GgufVocabulary;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Writes a model as a GGUF file, version 3, with all that llama.cpp needs to run it; what reads
/// pictures goes into a second file beside it.
final class GgufWriter {
  private static final int ALIGNMENT = 32;

  private GgufWriter() {}

  /// An unsigned 32-bit number, to tell it from a signed one.
  record Uint(long value) {}

  /// A tensor and what fills it.
  record Item(String name, long[] shape, NumberType type, long length, Filler filler) {}

  interface Filler {
    void writeTo(OutputStream out) throws IOException;
  }

  /// @param type of the matrices; null to keep what each has
  /// @return what a reader should know: where llama.cpp will differ
  static List<String> write(
      StoredModel model, Path file, @Nullable NumberType type, Progress progress) {
    Tokenizer tokenizer = model.tokenizer();
    GgufVocabulary vocabulary = GgufVocabulary.of(tokenizer, model.config().vocabSize());
    List<String> notes = new ArrayList<>(vocabulary.differences(tokenizer));
    Shape.Vision vision = model.shape().vision();
    if (vision != null) {
      TensorPlan plan = new TensorPlan(model, type, true, progress);
      List<Slot> slots = Layouts.projector(model.shape(), vision, false);
      Map<String, Object> metadata =
          ProjectorFile.metadata(model.shape(), vision, name(model.path()));
      metadata.put("general.file_type", fileType(model, type));
      save(ProjectorFile.beside(file), metadata, items(slots, plan), progress);
      boolean emptyLine =
          vocabulary.tokens().stream().anyMatch(t -> t.equals("\n\n") || t.equals("ĊĊ"));
      notes.addAll(ProjectorFile.differences(vision.form(), emptyLine));
    }
    TensorPlan plan = new TensorPlan(model, type, true, progress);
    List<Item> items = new ArrayList<>(rotaryDivisors(model));
    items.addAll(items(Layouts.gguf(model.shape()), plan));
    Map<String, Object> metadata = metadata(model, type == null ? model.type() : type);
    vocabulary(metadata, vocabulary, model.rules(), tokenizer);
    save(file, metadata, items, progress);
    return notes;
  }

  private static Uint fileType(StoredModel model, @Nullable NumberType type) {
    return new Uint((type == null ? model.type() : type).ggufFileType());
  }

  static void save(Path file, Map<String, Object> metadata, List<Item> items, Progress progress) {
    byte[] header = header(metadata, items);
    progress.start("write", items.stream().mapToLong(Item::length).sum(), "bytes");
    AtomicFiles.write(
        file,
        out -> {
          out.write(header);
          out.write(new byte[padding(header.length)]);
          for (Item item : items) {
            item.filler.writeTo(out);
            out.write(new byte[padding(item.length)]);
          }
        });
    progress.finish();
  }

  private static int padding(long length) {
    return (int) ((ALIGNMENT - length % ALIGNMENT) % ALIGNMENT);
  }

  /// The table that stretches Llama 3's rotary frequencies, where the model has it.
  private static List<Item> rotaryDivisors(StoredModel model) {
    RopeScaling scaling = model.shape().variant().ropeScaling();
    if (scaling == null || LinearScaling.isOne(scaling)) {
      return List.of();
    }
    byte[] divisors = divisors(scaling, model.config());
    long[] shape = {divisors.length / Float.BYTES};
    return List.of(
        new Item(
            GgufModel.ROPE_FREQS,
            shape,
            NumberType.F32,
            divisors.length,
            out -> out.write(divisors)));
  }

  static List<Item> items(List<Slot> slots, TensorPlan plan) {
    return slots.stream()
        .map(
            slot ->
                new Item(
                    slot.name(),
                    slot.shape(),
                    plan.type(slot),
                    plan.length(slot),
                    out -> plan.write(slot, out)))
        .toList();
  }

  private static byte[] divisors(RopeScaling scaling, GptConfig config) {
    ByteBuffer bytes =
        ByteBuffer.allocate(config.headDim() / 2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int pair = 0; pair < config.headDim() / 2; pair++) {
      double frequency = Math.pow(config.ropeTheta(), -2.0 * pair / config.headDim());
      bytes.putFloat((float) scaling.divisor(frequency));
    }
    return bytes.array();
  }

  private static Map<String, Object> metadata(StoredModel model, NumberType type) {
    GptConfig config = model.config();
    Family family = model.family();
    String at = family.id() + ".";
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("general.architecture", family.id());
    map.put("general.type", "model");
    map.put("general.name", name(model.path()));
    map.put("general.file_type", new Uint(type.ggufFileType()));
    if (type.quantized()) {
      map.put("general.quantization_version", new Uint(2));
    }
    map.put(at + "vocab_size", new Uint(config.vocabSize()));
    map.put(at + "context_length", new Uint(config.contextLength()));
    map.put(at + "embedding_length", new Uint(config.dim()));
    map.put(at + "block_count", new Uint(config.numLayers()));
    map.put(at + "feed_forward_length", new Uint(config.ffnDim()));
    map.put(at + "attention.head_count", new Uint(config.numHeads()));
    if (family == Family.GPT2) {
      map.put(at + "attention.layer_norm_epsilon", (float) config.normEps());
    } else {
      map.put(at + "attention.head_count_kv", new Uint(config.numKvHeads()));
      map.put(at + "attention.key_length", new Uint(config.headDim()));
      map.put(at + "attention.value_length", new Uint(config.headDim()));
      map.put(at + "rope.dimension_count", new Uint(config.headDim()));
      map.put(at + "rope.freq_base", (float) config.ropeTheta());
      scaling(map, at + "rope.scaling.", model.shape().variant().ropeScaling());
      map.put(at + "attention.layer_norm_rms_epsilon", (float) config.normEps());
    }
    return map;
  }

  /// Linear scaling as llama.cpp reads it; of Llama 3's, which it reads as a table, the numbers
  /// behind it.
  private static void scaling(Map<String, Object> map, String at, @Nullable RopeScaling scaling) {
    if (scaling == null) {
      return;
    }
    if (LinearScaling.isOne(scaling)) {
      map.put(at + "type", "linear");
      map.put(at + "factor", (float) scaling.factor());
      return;
    }
    map.put(GgufModel.LLAMA3_SCALING + "factor", (float) scaling.factor());
    map.put(GgufModel.LLAMA3_SCALING + "low", (float) scaling.lowFactor());
    map.put(GgufModel.LLAMA3_SCALING + "high", (float) scaling.highFactor());
    map.put(GgufModel.LLAMA3_SCALING + "original", (float) scaling.originalContext());
  }

  /// The run's name where the model lies in a run folder, else the folder's or file's.
  private static String name(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    Path named = absolute.getFileName();
    if (named != null && named.toString().equals("model") && absolute.getParent() != null) {
      named = absolute.getParent().getFileName();
    }
    return named == null ? "model" : named.toString().replaceFirst("\\.(gguf|bin)$", "");
  }

  private static void vocabulary(
      Map<String, Object> map, GgufVocabulary vocabulary, TokenRules rules, Tokenizer tokenizer) {
    String at = "tokenizer.ggml.";
    map.put(at + "model", vocabulary.model());
    if (!vocabulary.pre().isEmpty()) {
      map.put(at + "pre", vocabulary.pre());
    }
    if (!vocabulary.splitPattern().isEmpty()) {
      map.put(GgufModel.SPLIT_PATTERN, vocabulary.splitPattern());
    }
    map.put(at + "tokens", vocabulary.tokens());
    if (vocabulary.scores().length > 0) {
      map.put(at + "scores", vocabulary.scores());
    }
    map.put(at + "token_type", vocabulary.types());
    if (!vocabulary.merges().isEmpty()) {
      map.put(at + "merges", vocabulary.merges());
    }
    if (vocabulary.model().equals("llama")) {
      map.put(at + "add_space_prefix", vocabulary.addSpacePrefix());
    }
    map.put(at + "add_bos_token", rules.addStart());
    map.put(at + "add_eos_token", false);
    if (rules.start() >= 0) {
      map.put(at + "bos_token_id", new Uint(rules.start()));
    }
    if (!rules.ends().isEmpty()) {
      map.put(at + "eos_token_id", new Uint(rules.ends().getFirst()));
    }
    if (rules.ends().size() > 1) {
      map.put(at + "eot_token_id", new Uint(rules.ends().getLast()));
    }
    OptionalInt unknown = tokenizer.specialId("<unk>");
    unknown.ifPresent(id -> map.put(at + "unknown_token_id", new Uint(id)));
    OptionalInt pad = tokenizer.specialId(SpecialTokens.PAD);
    pad.ifPresent(id -> map.put(at + "padding_token_id", new Uint(id)));
    String template = rules.chatTemplate();
    if (template != null) {
      map.put("tokenizer.chat_template", template);
    }
  }

  private static byte[] header(Map<String, Object> metadata, List<Item> items) {
    Bytes out = new Bytes();
    out.int32(GgufFile.MAGIC);
    out.int32(3);
    out.int64(items.size());
    out.int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.string(key);
          out.value(value);
        });
    long offset = 0;
    for (Item item : items) {
      out.string(item.name);
      out.int32(item.shape.length);
      for (int i = item.shape.length - 1; i >= 0; i--) {
        out.int64(item.shape[i]);
      }
      out.int32(item.type.ggmlId());
      out.int64(offset);
      offset += item.length + padding(item.length);
    }
    return out.stream.toByteArray();
  }

  /// Little-endian values as the format has them.
  private static final class Bytes {
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();

    void int32(int value) {
      stream.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    void int64(long value) {
      stream.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    void string(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int64(bytes.length);
      stream.writeBytes(bytes);
    }

    void value(Object value) {
      switch (value) {
        case Uint(long number) -> {
          int32(4);
          int32((int) number);
        }
        case Float number -> {
          int32(6);
          int32(Float.floatToRawIntBits(number));
        }
        case Boolean truth -> {
          int32(7);
          stream.write(truth ? 1 : 0);
        }
        case String text -> {
          int32(8);
          string(text);
        }
        case List<?> list -> {
          start(8, list.size());
          list.forEach(text -> string((String) text));
        }
        case double[] numbers -> {
          start(6, numbers.length);
          for (double number : numbers) {
            int32(Float.floatToRawIntBits((float) number));
          }
        }
        case long[] numbers -> {
          start(5, numbers.length);
          for (long number : numbers) {
            int32((int) number);
          }
        }
        default -> throw new IllegalArgumentException("no such metadata: " + value);
      }
    }

    private void start(int type, int count) {
      int32(9);
      int32(type);
      int64(count);
    }
  }
}
