package dev.auspex.interchange;

import dev.auspex.io.Json;
import dev.auspex.model.Lora;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads and writes `adapter_config.json` as PEFT has it; tells every key that cannot be followed.
final class PeftConfig {
  /// Keys that must be absent, null, false or empty.
  private static final List<String> UNSUPPORTED =
      List.of(
          "use_dora",
          "use_qalora",
          "lora_bias",
          "modules_to_save",
          "layers_to_transform",
          "layers_pattern",
          "layer_replication",
          "rank_pattern",
          "alpha_pattern",
          "trainable_token_indices",
          "target_parameters",
          "alora_invocation_tokens",
          "loftq_config",
          "arrow_config",
          "kasa_config",
          "monteclora_config",
          "velora_config",
          "use_bdlora",
          "exclude_modules");

  /// Ways to begin that change the model itself, whose numbers then are not in the adapter.
  private static final Pattern CHANGES_BASE = Pattern.compile("pissa.*|olora|corda|loftq|lora_ga");

  private final Path file;
  private final JsonNode node;
  private final List<String> problems = new ArrayList<>();

  private PeftConfig(Path file) {
    this.file = file;
    this.node = Json.readTree(file);
  }

  /// What an adapter is.
  ///
  /// @param rank inner width
  /// @param alpha what the scale is made of
  /// @param rsLora whether the scale is `alpha / sqrt(rank)` (Kalajdzievski 2023, arXiv 2312.03732)
  /// @param modules what it is put on
  record Adapter(int rank, double alpha, boolean rsLora, List<Lora.Module> modules) {}

  /// Which model it was trained on, as the file names it; empty where it does not.
  static String base(Path file) {
    return plain(Json.readTree(file).path("base_model_name_or_path").asString(""));
  }

  /// @throws InterchangeException with everything that cannot be followed
  static Adapter read(Path file, Shape base) {
    return new PeftConfig(file).adapter(base);
  }

  private Adapter adapter(Shape base) {
    requireText("peft_type", "LORA", "LORA");
    requireText("task_type", "CAUSAL_LM", "CAUSAL_LM");
    requireText("bias", "none", "none");
    for (String key : UNSUPPORTED) {
      if (isSet(node.path(key))) {
        problems.add(key + " (" + shown(node.path(key)) + ") must be absent, it is not supported");
      }
    }
    JsonNode start = node.path("init_lora_weights");
    if (start.isString() && CHANGES_BASE.matcher(start.asString()).matches()) {
      problems.add(
          "init_lora_weights (%s) must leave the model as it is; convert the adapter with PEFT"
              .formatted(start.asString()));
    }
    JsonNode rank = node.path("r");
    if (!rank.isInt() || rank.asInt() < 1) {
      problems.add("r (" + shown(rank) + ") must be a positive whole number");
    }
    JsonNode alpha = node.path("lora_alpha");
    if (!alpha.isNumber() || !Double.isFinite(alpha.asDouble())) {
      problems.add("lora_alpha (" + shown(alpha) + ") must be a number");
    }
    List<Lora.Module> modules = modules(base);
    if (!problems.isEmpty()) {
      throw new InterchangeException(file + ": " + String.join("; ", problems));
    }
    boolean rsLora = node.path("use_rslora").asBoolean(false);
    return new Adapter(rank.asInt(), alpha.asDouble(), rsLora, modules);
  }

  private void requireText(String key, String usual, String wanted) {
    JsonNode value = node.path(key);
    String text = value.isNull() ? usual : value.asString(usual);
    if (!text.equals(wanted)) {
      problems.add(key + " (" + shown(value) + ") must be " + wanted);
    }
  }

  /// Whether a key asks for something.
  private static boolean isSet(JsonNode value) {
    if (value.isContainer()) {
      return !value.isEmpty();
    }
    return !value.isMissingNode() && !value.isNull() && value.asBoolean(true);
  }

  /// `target_modules`: a list of names, or one text, which is a pattern for whole paths.
  private List<Lora.Module> modules(Shape base) {
    List<Lora.Module> all = PeftModules.all(base);
    JsonNode targets = node.path("target_modules");
    if (targets.isString()) {
      return byPattern(base, all, plain(targets.asString()));
    }
    List<String> names = new ArrayList<>();
    for (JsonNode name : targets.isArray() ? targets : Json.MAPPER.createArrayNode()) {
      names.add(plain(name.asString("")));
    }
    if (names.isEmpty()) {
      problems.add("target_modules (" + shown(targets) + ") must be a list of names or a pattern");
    }
    for (String name : PeftModules.unknown(base, all, names)) {
      problems.add(
          "target_modules (%s) must be linear layers inside the blocks of a %s: %s"
              .formatted(
                  name, base.family().id(), String.join(", ", PeftModules.names(base, all))));
    }
    return PeftModules.matching(base, all, path -> PeftModules.named(path, names));
  }

  private List<Lora.Module> byPattern(Shape base, List<Lora.Module> all, String text) {
    if (text.equals(PeftModules.ALL)) {
      return all;
    }
    try {
      PathPattern pattern = new PathPattern(text);
      List<Lora.Module> matching = PeftModules.matching(base, all, pattern::matches);
      if (matching.isEmpty()) {
        problems.add(
            "target_modules (%s) must match paths such as %s"
                .formatted(text, PeftModules.path(base, all.getFirst())));
      }
      return matching;
    } catch (PatternSyntaxException e) {
      problems.add("target_modules (" + text + ") must be a pattern: " + e.getDescription());
      return List.of();
    }
  }

  /// Text that fits into one line of a message.
  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "" : value.toString();
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  /// What `adapter_config.json` says of an adapter: the keys that every release of PEFT since 0.10
  /// knows.
  ///
  /// @param baseName what the model it was trained on is called
  static ObjectNode describe(Shape base, Adapter adapter, String baseName) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.putObject("alpha_pattern");
    node.putNull("auto_mapping");
    node.put("base_model_name_or_path", baseName);
    node.put("bias", "none");
    node.put("fan_in_fan_out", base.family() == Family.GPT2);
    node.put("inference_mode", true);
    node.put("init_lora_weights", true);
    node.putNull("layer_replication");
    node.putNull("layers_pattern");
    node.putNull("layers_to_transform");
    node.putObject("loftq_config");
    if (adapter.alpha() == Math.rint(adapter.alpha())) {
      node.put("lora_alpha", Math.round(adapter.alpha()));
    } else {
      node.put("lora_alpha", adapter.alpha());
    }
    node.put("lora_dropout", 0.0);
    node.putNull("modules_to_save");
    node.put("peft_type", "LORA");
    node.put("r", adapter.rank());
    node.putObject("rank_pattern");
    node.putNull("revision");
    List<String> targets = targets(base, adapter.modules());
    if (base.vision() == null) {
      targets.forEach(node.putArray("target_modules")::add);
    } else {
      node.put("target_modules", decoderPattern(targets));
    }
    node.put("task_type", "CAUSAL_LM");
    node.put("use_dora", false);
    node.put("use_rslora", adapter.rsLora());
    return node;
  }

  /// The shortest names that mean these modules and no others: GPT-2 has `c_proj` twice in a block.
  private static List<String> targets(Shape base, List<Lora.Module> modules) {
    return modules.stream()
        .map(module -> PeftModules.path(base, module))
        .map(path -> path.replaceFirst(path.endsWith("c_proj") ? ".*\\d\\." : ".*\\.", ""))
        .distinct()
        .sorted()
        .toList();
  }

  /// A pattern for whole paths: the names alone would mean the image encoder's modules too.
  private static String decoderPattern(List<String> names) {
    return "%slayers\\.\\d+\\..*\\.(%s)"
        .formatted(PeftModules.DECODER.replace(".", "\\."), String.join("|", names));
  }
}
