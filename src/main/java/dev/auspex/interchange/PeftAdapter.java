package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.model.Lora;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A LoRA adapter (Hu et al. 2021, arXiv 2106.09685) in the two files that PEFT writes and reads:
/// `adapter_config.json`, and `adapter_model.safetensors` with the two matrices of each module.
///
/// Applied to a stored model it adds `scale * B A` to the matrices of its modules.
public final class PeftAdapter implements Tuning, AutoCloseable {
  static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";

  private final Shape base;
  private final PeftConfig.Adapter config;
  private final Map<String, Tensor> values;
  private final Map<String, Place> places = new HashMap<>();

  /// Which rows of a module's outputs a parameter is.
  private record Place(Lora.Module module, long row) {}

  private PeftAdapter(Shape base, PeftConfig.Adapter config, Map<String, Tensor> values) {
    this.base = base;
    this.config = config;
    this.values = values;
    Map<String, long[]> shapes = base.parameters();
    for (Lora.Module module : config.modules()) {
      long row = 0;
      for (String parameter : module.parameters()) {
        places.put(parameter, new Place(module, row));
        row += shapes.get(parameter)[0];
      }
    }
  }

  /// What training put on a model; the numbers stay the trainer's.
  ///
  /// @param base what it was trained on
  /// @param targets names of the modules, empty for all
  /// @param model whose parameters are those of the adapter
  public static PeftAdapter trained(
      StoredModel base, int rank, double alpha, List<String> targets, Gpt model) {
    List<Lora.Module> modules = PeftModules.chosen(base.family(), base.config(), targets);
    Map<String, Tensor> values = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.value()));
    PeftConfig.Adapter config = new PeftConfig.Adapter(rank, alpha, false, modules);
    return new PeftAdapter(base.shape(), config, values);
  }

  /// Inner width.
  public int rank() {
    return config.rank();
  }

  /// What the scale is made of.
  public double alpha() {
    return config.alpha();
  }

  /// Factor on what is added.
  public double scale() {
    return config.alpha() / (config.rsLora() ? Math.sqrt(config.rank()) : config.rank());
  }

  /// The last words of the paths of the modules it is put on.
  public List<String> targets() {
    return PeftModules.names(base, config.modules());
  }

  /// Numbers in all its matrices.
  public long numParams() {
    return values.values().stream().mapToLong(Tensor::numElements).sum();
  }

  static boolean isIn(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /// Reads an adapter for a model, telling everything that does not fit it.
  static PeftAdapter read(Path folder, Shape base) {
    if (!isIn(folder)) {
      throw new InterchangeException(
          folder + " must hold " + CONFIG + ", as PEFT writes it; name an adapter's folder");
    }
    PeftConfig.Adapter config = PeftConfig.read(folder.resolve(CONFIG), base);
    Path file = folder.resolve(WEIGHTS);
    if (!Files.isRegularFile(file)) {
      throw new InterchangeException(
          folder + " must hold " + WEIGHTS + "; other weights of adapters are not read");
    }
    try (Arena arena = Arena.ofConfined()) {
      TensorCheck.Tensors tensors =
          new TensorCheck.Tensors(new LinkedHashMap<>(), new LinkedHashMap<>());
      List<String> names = HuggingFaceFolder.map(file, tensors, arena);
      Map<String, Tensor> values = new LinkedHashMap<>();
      TensorCheck.match(file, base, slots(base, config, names), tensors)
          .forEach(
              (slot, stored) -> {
                Tensor value = Device.hostZeros(DType.FP32, slot.shape());
                try (TensorScope _ = TensorScope.open()) {
                  StoredModel.fill(value, stored.type(), stored.data());
                }
                values.put(slot.parts().getFirst(), Device.fromHost(value));
              });
      return new PeftAdapter(base, config, values);
    }
  }

  /// @param found names of the file's tensors; adapters of a model without a head leave a word out
  private static List<Slot> slots(Shape base, PeftConfig.Adapter config, List<String> found) {
    String word = base.family() == Family.GPT2 ? "transformer." : "model.";
    boolean bare = !found.isEmpty() && found.stream().noneMatch(n -> n.startsWith(PREFIX + word));
    List<Slot> slots = new ArrayList<>();
    for (Lora.Module module : config.modules()) {
      String path = PeftModules.path(base, module);
      String there = PREFIX + (bare ? path.substring(word.length()) : path);
      module
          .shapes(config.rank())
          .forEach(
              (name, shape) ->
                  slots.add(
                      new Slot(
                          there + name.substring(module.name().length()),
                          shape,
                          List.of(name),
                          Slot.Order.AS_IS,
                          1)));
    }
    return slots;
  }

  @Override
  public boolean touches(String parameter) {
    return places.containsKey(parameter);
  }

  @Override
  public void apply(String parameter, Tensor value) {
    Place place = places.get(parameter);
    if (place != null) {
      Tensor down = values.get(place.module().name() + Lora.DOWN);
      Tensor up = values.get(place.module().name() + Lora.UP);
      value.addInPlace(up.narrow(0, place.row(), value.size(0)).matmul(down), scale());
    }
  }

  /// Writes the two files into a folder.
  ///
  /// @param baseName what the model it belongs to is called, a folder relative to this one or to
  ///     the working folder, or a name on a hub
  public void write(Path folder, String baseName) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (Slot slot : slots(base, config, List.of())) {
      named.put(slot.name(), values.get(slot.parts().getFirst()));
    }
    SafeTensors.write(folder.resolve(WEIGHTS), named, Map.of("format", "pt"));
    Json.write(folder.resolve(CONFIG), PeftConfig.describe(base, config, baseName));
  }

  /// Writes them into a folder that must not exist yet, whole or not at all.
  public void writeNew(Path folder, String baseName) {
    HuggingFaceWriter.writeNew(folder, partial -> write(partial, baseName));
  }

  @Override
  public void close() {
    values.values().forEach(Tensor::free);
  }
}
