package dev.auspex.interchange;

import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.RopeScaling;
import dev.auspex.model.Variant;
import dev.auspex.tokenizer.GgufVocabulary;
import dev.auspex.vision.PictureForm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Opens a GGUF file: makes sizes, rules and vocabulary of its metadata.
final class GgufModel {
  /// The `rope_scaling` of released Llama 3.x models; a GGUF file keeps only what follows from it.
  private static final List<RopeScaling> KNOWN_SCALINGS =
      List.of(new RopeScaling(8, 1, 4, 8192), new RopeScaling(32, 1, 4, 8192));

  /// Ours: the split pattern itself, where llama.cpp has no name for it.
  static final String SPLIT_PATTERN = "tokenizer.auspex.split_pattern";

  static final String ROPE_FREQS = "rope_freqs.weight";

  /// Ours: `factor`, `low`, `high` and `original` of Llama 3's scaling behind the table.
  static final String LLAMA3_SCALING = "auspex.rope_scaling.";

  private final Path file;
  private final Map<String, Object> metadata;
  private final TensorCheck.Tensors tensors;
  private final List<String> problems = new ArrayList<>();
  private final GgufKeys keys;

  private GgufModel(Path file, GgufFile.Content content) {
    this.file = file;
    this.metadata = content.metadata();
    this.tensors = content.tensors();
    this.keys = new GgufKeys(metadata, problems);
  }

  static StoredModel open(Path file, Arena arena) {
    GgufFile.Content first = GgufFile.read(file, arena);
    List<Path> parts = GgufParts.of(file, first.metadata());
    for (Path part : parts.subList(1, parts.size())) {
      GgufParts.add(part, GgufFile.read(part, arena).tensors(), first.tensors());
    }
    return new GgufModel(file, first).stored(parts, arena);
  }

  private StoredModel stored(List<Path> parts, Arena arena) {
    Shape shape = shape();
    tensors.requireLayers(file, shape.family().id() + ".block_count", shape.config().numLayers());
    Map<Slot, StoredTensor> matched = TensorCheck.match(file, shape, Layouts.gguf(shape), tensors);
    List<Path> files = new ArrayList<>(parts);
    Optional<Path> projector = ProjectorFile.existing(file);
    if (projector.isPresent()) {
      files.add(projector.get());
      shape = withVision(projector.get(), shape, matched, arena);
    }
    StoredModel.Origin origin =
        new StoredModel.Origin(
            file, files, () -> vocabulary(metadata).tokenizer(file), this::rules);
    return new StoredModel(shape, matched, origin, arena);
  }

  /// Adds what the file beside this one holds.
  private Shape withVision(
      Path beside, Shape decoder, Map<Slot, StoredTensor> matched, Arena arena) {
    GgufFile.Content content = GgufFile.read(beside, arena);
    int imageToken = strings(metadata, "tokenizer.ggml.tokens").indexOf(PictureForm.IMAGE);
    Shape.Vision vision =
        ProjectorFile.read(
            beside, content.metadata(), decoder.config().dim(), Math.max(0, imageToken));
    content.tensors().requireLayers(beside, "clip.vision.block_count", vision.config().numLayers());
    Shape shape = new Shape(decoder.family(), decoder.config(), decoder.variant(), vision);
    StoredTensor down = content.tensors().readable().get("v.blk.0.ffn_down.weight");
    long[] swappedShape = {vision.config().ffnDim(), vision.config().dim()};
    boolean swapped =
        down != null
            && swappedShape[0] != swappedShape[1]
            && Arrays.equals(down.shape(), swappedShape);
    List<Slot> slots = Layouts.projector(shape, vision, swapped);
    matched.putAll(TensorCheck.match(beside, shape, slots, content.tensors()));
    return shape;
  }

  private Shape shape() {
    String architecture = string("general.architecture");
    if (architecture.equals(ProjectorFile.ARCHITECTURE)) {
      throw new InterchangeException(
          file
              + " reads pictures for a decoder; give the decoder's file, with this one beside it as"
              + " mmproj-NAME.gguf");
    }
    Optional<Family> found = Family.of(architecture);
    if (found.isEmpty()) {
      throw new InterchangeException(
          file + ": general.architecture (" + architecture + ") must be one of " + Family.known());
    }
    Family family = found.get();
    String at = family.id() + ".";
    int dim = keys.positive(at + "embedding_length", 0);
    int heads = keys.positive(at + "attention.head_count", 0);
    int layers = keys.positive(at + "block_count", 0);
    int headDim = keys.positive(at + "attention.key_length", Math.max(1, dim / heads));
    String eps = at + "attention.layer_norm_" + (family == Family.GPT2 ? "" : "rms_") + "epsilon";
    GptConfig config =
        checked(
            at,
            new GptConfig(
                vocabSize(),
                keys.positive(at + "context_length", 0),
                dim,
                layers,
                heads,
                family == Family.GPT2
                    ? heads
                    : keys.positive(at + "attention.head_count_kv", heads),
                headDim % 2 == 0 ? headDim : headDim + 1,
                keys.positive(at + "feed_forward_length", 0),
                keys.number(at + "rope.freq_base", 10000),
                keys.number(eps, family == Family.GPT2 ? 1e-5 : 1e-6),
                family == Family.QWEN3,
                !has("output.weight"),
                new Mup(dim, layers)),
            headDim);
    Variant variant =
        family == Family.GPT2 ? Variant.GPT2 : new Variant(false, ropeScaling(config));
    return new Shape(family, config, variant);
  }

  private GptConfig checked(String at, GptConfig config, int headDim) {
    String scaling = string(at + "rope.scaling.type");
    if (!List.of("", "none", "linear").contains(scaling)) {
      problems.add(at + "rope.scaling.type (" + scaling + ") must be none or linear");
    }
    if (keys.positive(at + "attention.value_length", headDim) != headDim
        || keys.positive(at + "rope.dimension_count", headDim) != headDim
        || headDim % 2 != 0) {
      problems.add(
          at
              + "attention.key_length, value_length and rope.dimension_count must be one even number");
    }
    if (!problems.isEmpty()) {
      throw new InterchangeException(file + ": " + String.join("; ", problems));
    }
    return config;
  }

  private boolean has(String tensor) {
    return tensors.readable().containsKey(tensor) || tensors.foreign().containsKey(tensor);
  }

  private int vocabSize() {
    StoredTensor table = tensors.readable().get("token_embd.weight");
    return table == null || table.shape().length != 2
        ? keys.positive(string("general.architecture") + ".vocab_size", 1)
        : (int) Math.min(Integer.MAX_VALUE, table.shape()[0]);
  }

  private @Nullable RopeScaling ropeScaling(GptConfig config) {
    StoredTensor stored = tensors.readable().get(ROPE_FREQS);
    if (stored == null) {
      return linearScaling(string("general.architecture") + ".rope.scaling.");
    }
    int pairs = config.headDim() / 2;
    if (stored.numElements() == pairs && !stored.type().quantized()) {
      float[] divisors = new float[pairs];
      stored.type().decode(stored.data(), 0, divisors, pairs);
      for (RopeScaling known : candidates()) {
        if (explains(known, config, divisors)) {
          return known;
        }
      }
    }
    throw new InterchangeException(
        file + ": " + ROPE_FREQS + " must be that of a Llama 3.1 or 3.2 (factor 8 or 32)");
  }

  private @Nullable RopeScaling linearScaling(String at) {
    double factor = keys.number(at + "factor", 1);
    if (!string(at + "type").equals("linear") || factor == 1) {
      return null;
    }
    if (!(factor > 1 && factor < 1e6)) {
      throw new InterchangeException(
          "%s: %sfactor (%s) must be at least 1".formatted(file, at, factor));
    }
    return LinearScaling.of(factor);
  }

  /// The scalings of released models, and the one our own keys name.
  private List<RopeScaling> candidates() {
    List<RopeScaling> candidates = new ArrayList<>(KNOWN_SCALINGS);
    double factor = keys.number(LLAMA3_SCALING + "factor", 0);
    double low = keys.number(LLAMA3_SCALING + "low", 0);
    double high = keys.number(LLAMA3_SCALING + "high", 0);
    double original = keys.number(LLAMA3_SCALING + "original", 0);
    if (factor >= 1 && low > 0 && high > low && original > 0 && factor + high + original < 1e30) {
      candidates.addFirst(new RopeScaling(factor, low, high, original));
    }
    return candidates;
  }

  private static boolean explains(RopeScaling known, GptConfig config, float[] divisors) {
    for (int pair = 0; pair < divisors.length; pair++) {
      double expected = known.divisor(Math.pow(config.ropeTheta(), -2.0 * pair / config.headDim()));
      if (!(Math.abs(divisors[pair] - expected) <= 1e-4 * expected)) {
        return false;
      }
    }
    return true;
  }

  private TokenRules rules() {
    boolean pieces = string("tokenizer.ggml.model").equals("llama");
    int start = id("bos_token_id");
    boolean llama3 = string("tokenizer.ggml.pre").equals("llama-bpe");
    boolean addStart =
        metadata.getOrDefault("tokenizer.ggml.add_bos_token", pieces || llama3)
                instanceof Boolean add
            && add;
    List<Integer> ends = new ArrayList<>();
    for (String key : List.of("eos_token_id", "eot_token_id")) {
      int id = id(key);
      if (id >= 0 && !ends.contains(id)) {
        ends.add(id);
      }
    }
    String template = string("tokenizer.chat_template");
    return new TokenRules(
        start, addStart && start >= 0, ends, template.isEmpty() ? null : template);
  }

  private int id(String key) {
    return metadata.get("tokenizer.ggml." + key) instanceof Long id && id <= Integer.MAX_VALUE
        ? id.intValue()
        : -1;
  }

  /// The vocabulary that the metadata holds.
  static GgufVocabulary vocabulary(Map<String, Object> metadata) {
    Object scores = metadata.get("tokenizer.ggml.scores");
    Object types = metadata.get("tokenizer.ggml.token_type");
    return new GgufVocabulary(
        string(metadata, "tokenizer.ggml.model"),
        string(metadata, "tokenizer.ggml.pre"),
        string(metadata, SPLIT_PATTERN),
        strings(metadata, "tokenizer.ggml.tokens"),
        scores instanceof double[] numbers ? numbers : new double[0],
        types instanceof long[] numbers ? numbers : new long[0],
        strings(metadata, "tokenizer.ggml.merges"),
        !Boolean.FALSE.equals(metadata.get("tokenizer.ggml.add_space_prefix")));
  }

  private static List<String> strings(Map<String, Object> metadata, String key) {
    return metadata.get(key) instanceof List<?> list
        ? list.stream().map(String.class::cast).toList()
        : List.of();
  }

  private static String string(Map<String, Object> metadata, String key) {
    return metadata.get(key) instanceof String text ? text : "";
  }

  private String string(String key) {
    return keys.string(key);
  }
}
