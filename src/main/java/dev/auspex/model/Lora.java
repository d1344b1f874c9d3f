package dev.auspex.model;

import dev.auspex.model.Linear.Affine;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Low-rank additions to the matrices of a model that itself stays as it is (Hu et al. 2021, arXiv
/// 2106.09685): a module computes `W x + scale * B (A x)`.
///
/// Modules have the names of their matrices, without `.weight`; queries, keys and values of GPT-2
/// are one module, `qkv_proj`, as they are one matrix elsewhere.
///
/// @param scale factor on each product, `alpha / rank`
/// @param values `MODULE.lora_A.weight` `[rank, in]` and `MODULE.lora_B.weight` `[out, rank]`, in
///     FP32; they are marked as trainable, and a {@link Gpt} made with them owns them
public record Lora(double scale, Map<String, Tensor> values) {
  public Lora {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    values.values().forEach(Tensor::requireGrad);
  }

  /// How the name of a module's first matrix ends, which takes the input down to the rank.
  public static final String DOWN = ".lora_A.weight";

  /// How the name of its second matrix ends.
  public static final String UP = ".lora_B.weight";

  /// A matrix that can be added to.
  ///
  /// @param parameters the matrices it stands for, joined along their outputs
  /// @param in width of its input
  /// @param out width of its output
  public record Module(String name, List<String> parameters, long in, long out) {
    /// Shapes of what is added, at a rank.
    public SequencedMap<String, long[]> shapes(int rank) {
      SequencedMap<String, long[]> shapes = new LinkedHashMap<>();
      shapes.put(name + DOWN, new long[] {rank, in});
      shapes.put(name + UP, new long[] {out, rank});
      return shapes;
    }
  }

  /// The matrices inside the blocks, in the order of the forward pass.
  public static List<Module> modules(GptConfig config, Variant variant) {
    Map<String, long[]> shapes = ParameterShapes.of(config, variant);
    List<Module> modules = new ArrayList<>();
    for (String name : shapes.keySet()) {
      if (!name.endsWith("_proj.weight")) {
        continue;
      }
      boolean joined = variant.gpt2() && name.matches(".*[qkv]_proj.weight");
      if (!joined) {
        modules.add(module(shapes, List.of(name)));
      } else if (name.endsWith("q_proj.weight")) {
        modules.add(module(shapes, List.of(name, key(name), value(name))));
      }
    }
    return modules;
  }

  private static String key(String query) {
    return query.replace("q_proj", "k_proj");
  }

  private static String value(String query) {
    return query.replace("q_proj", "v_proj");
  }

  private static Module module(Map<String, long[]> shapes, List<String> parameters) {
    long out = parameters.stream().mapToLong(name -> shapes.get(name)[0]).sum();
    return new Module(name(parameters), parameters, shapes.get(parameters.getFirst())[1], out);
  }

  private static String name(List<String> parameters) {
    String first = parameters.getFirst().replaceFirst("\\.weight$", "");
    return parameters.size() == 1 ? first : first.replaceFirst("q_proj$", "qkv_proj");
  }

  /// Sizes of the matrices, by name: `[rank, in]` and `[out, rank]`.
  public static Map<String, long[]> shapes(List<Module> modules, int rank) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Module module : modules) {
      shapes.put(module.name() + DOWN, new long[] {rank, module.in()});
      shapes.put(module.name() + UP, new long[] {module.out(), rank});
    }
    return shapes;
  }

  /// Starting values, outside any scope: the first matrices uniform in `1 / sqrt(in)` to both sides
  /// (Kaiming with slope sqrt(5), as PEFT has it), the second zero, so that nothing is added yet.
  /// Each is drawn from a stream of its own, seeded by (seed, name).
  public static Map<String, Tensor> draw(List<Module> modules, int rank, long seed) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (Module module : modules) {
      String down = module.name() + DOWN;
      SplittableRandom random = Initializer.stream(seed, down);
      float[] numbers = new float[Math.toIntExact(rank * module.in())];
      double bound = 1 / Math.sqrt(module.in());
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
      values.put(down, Tensor.of(numbers, rank, module.in()));
      values.put(module.name() + UP, Tensor.zeros(DType.FP32, module.out(), rank));
    }
    return values;
  }

  /// The matrices, in a fixed order.
  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    values.forEach(
        (name, value) -> parameters.add(new Parameter(name, value, Parameter.Role.HIDDEN)));
    return parameters;
  }

  /// What is added to a product of some matrices, joined along their outputs; null for nothing.
  ///
  /// @param names of the matrices
  /// @param rows outputs of each
  /// @param norm what the norm in front leaves to the product
  @Nullable LowRank on(List<String> names, List<Long> rows, Affine norm, DType compute) {
    List<LowRank.Part> parts = new ArrayList<>();
    long row = 0;
    for (int i = 0; i < names.size(); i++) {
      add(parts, name(List.of(names.get(i))), row);
      row += rows.get(i);
    }
    if (names.getFirst().endsWith(".q_proj.weight")) {
      add(parts, name(names), 0);
    }
    return parts.isEmpty() ? null : new LowRank(parts, row, scale, norm, compute);
  }

  private void add(List<LowRank.Part> parts, String module, long row) {
    Tensor down = values.get(module + DOWN);
    Tensor up = values.get(module + UP);
    if (down != null && up != null) {
      parts.add(new LowRank.Part(down, up, row));
    }
  }
}
