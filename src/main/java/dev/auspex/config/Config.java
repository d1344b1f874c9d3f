package dev.auspex.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Settings in layers, each over the one before: preset, then file, then overrides; `load` makes
/// one record of them.
///
/// Immutable. Nothing is read before `load`, which tells all problems at once. It holds no
/// defaults: those are the presets.
/// ```java
/// TrainConfig config =
///     Config.empty().preset("tiny").file(path).overrides(args).load(TrainConfig.class);
/// ```
public final class Config {
  private final List<Layer> layers;
  private final Map<String, String> renamed;

  private Config(List<Layer> layers, Map<String, String> renamed) {
    this.layers = List.copyOf(layers);
    this.renamed = Map.copyOf(renamed);
  }

  private interface Layer {
    ObjectNode tree(List<String> problems);
  }

  /// No settings at all.
  public static Config empty() {
    return new Config(List.of(), Map.of());
  }

  /// The names of the presets, sorted.
  public static List<String> presetNames() {
    return Presets.names();
  }

  /// Adds a preset's settings.
  public Config preset(String name) {
    return with(problems -> attempt(() -> Layers.parse(Presets.text(name), name), problems));
  }

  /// Adds a YAML file's settings.
  public Config file(Path file) {
    return with(problems -> attempt(() -> Layers.file(file), problems));
  }

  /// Adds settings of the form `model.num_layers=6`; their order among each other does not matter,
  /// but for the last of two equal paths winning.
  public Config overrides(List<String> assignments) {
    List<String> copy = List.copyOf(assignments);
    return with(problems -> Layers.overrides(copy, problems));
  }

  /// Names removed paths and what replaced them, so that old files fail with the new name.
  public Config renamed(Map<String, String> removedToNew) {
    return new Config(layers, removedToNew);
  }

  /// The record that the layers make together; a `ConfigException` tells everything wrong with
  /// them.
  public <T> T load(Class<T> type) {
    return type.cast(new RecordBinder(type, renamed).bind(tree()));
  }

  /// The layers as one tree, whatever they say; a `ConfigException` tells what cannot be read.
  public ObjectNode tree() {
    List<String> problems = new ArrayList<>();
    ObjectNode merged = Layers.YAML.createObjectNode();
    for (Layer layer : layers) {
      Layers.merge(merged, layer.tree(problems));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return merged;
  }

  /// The record in a complete file, such as the `config.yaml` of a run.
  public static <T> T read(Path file, Class<T> type) {
    try {
      return empty().file(file).load(type);
    } catch (ConfigException e) {
      String problem = String.valueOf(e.getMessage());
      throw problem.contains(file.toString()) ? e : new ConfigException(file + ": " + problem);
    }
  }

  /// The record that a tree makes.
  public static <T> T bind(JsonNode tree, Class<T> type) {
    return type.cast(new RecordBinder(type, Map.of()).bind(tree));
  }

  /// The complete settings as YAML; `load` makes an equal record of it.
  public static String toYaml(Record settings) {
    return Layers.YAML.writeValueAsString(toTree(settings));
  }

  /// The complete settings as a tree, for JSON documents.
  public static JsonNode toTree(Record settings) {
    return RecordTree.of(settings, settings.getClass());
  }

  private Config with(Layer layer) {
    List<Layer> more = new ArrayList<>(layers);
    more.add(layer);
    return new Config(more, renamed);
  }

  private static ObjectNode attempt(Supplier<ObjectNode> reading, List<String> problems) {
    try {
      return reading.get();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return Layers.YAML.createObjectNode();
    }
  }
}
