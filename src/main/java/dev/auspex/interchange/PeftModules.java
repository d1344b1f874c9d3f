package dev.auspex.interchange;

import dev.auspex.model.GptConfig;
import dev.auspex.model.Lora;
import dev.auspex.model.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/// The modules that adapters are put on, by the paths that Transformers gives them.
public final class PeftModules {
  /// What PEFT takes for all linear layers but the head.
  static final String ALL = "all-linear";

  /// Where the decoder of a model that reads pictures is.
  static final String DECODER = "model.text_model.";

  private PeftModules() {}

  /// The modules that are named, each by its path or the end of it, such as `q_proj`.
  ///
  /// @param targets names; empty for all linear layers inside the blocks
  /// @throws InterchangeException where one of them names nothing
  public static List<Lora.Module> chosen(Family family, GptConfig config, List<String> targets) {
    Shape shape = new Shape(family, config, variant(family)); // pictures change no name's end
    List<Lora.Module> all = all(shape);
    List<String> unknown = unknown(shape, all, targets);
    if (!unknown.isEmpty()) {
      throw new InterchangeException(
          "lora.target_modules (%s) must name linear layers of a %s: %s"
              .formatted(
                  String.join(", ", unknown), family.id(), String.join(", ", names(shape, all))));
    }
    return targets.isEmpty() ? all : matching(shape, all, path -> named(path, targets));
  }

  private static Variant variant(Family family) {
    return family == Family.GPT2 ? Variant.GPT2 : Variant.PLAIN;
  }

  /// All of a model's decoder; an image encoder has none.
  static List<Lora.Module> all(Shape shape) {
    return Lora.modules(shape.config(), variant(shape.family()));
  }

  static List<Lora.Module> matching(
      Shape shape, List<Lora.Module> modules, Predicate<String> path) {
    return modules.stream().filter(module -> path.test(path(shape, module))).toList();
  }

  /// Those names that no module's path ends in.
  static List<String> unknown(Shape shape, List<Lora.Module> modules, List<String> names) {
    return names.stream()
        .filter(name -> matching(shape, modules, path -> named(path, List.of(name))).isEmpty())
        .toList();
  }

  /// PEFT's rule for lists: the whole path, or its end from a dot on.
  static boolean named(String path, List<String> names) {
    return names.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
  }

  /// The last words of the modules' paths.
  static List<String> names(Shape shape, List<Lora.Module> modules) {
    TreeSet<String> names = new TreeSet<>();
    for (Lora.Module module : modules) {
      String path = path(shape, module);
      names.add(path.substring(path.lastIndexOf('.') + 1));
    }
    return new ArrayList<>(names);
  }

  /// A module's path in Transformers' model.
  static String path(Shape shape, Lora.Module module) {
    if (shape.vision() != null) {
      return DECODER + module.name().substring("model.".length());
    }
    if (shape.family() != Family.GPT2) {
      return module.name();
    }
    String[] words = module.name().split("\\.", 4); // model.layers.N.REST
    String theirs = Layouts.GPT2.getOrDefault(words[3], "attn.c_attn");
    return "transformer.h." + words[2] + "." + theirs;
  }
}
