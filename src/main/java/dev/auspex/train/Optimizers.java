package dev.auspex.train;

import dev.auspex.model.Gpt;
import dev.auspex.model.Parameter;
import dev.auspex.model.VisionConfig;
import dev.auspex.model.VisionShapes;
import dev.auspex.optim.AdamW;
import dev.auspex.optim.Muon;
import dev.auspex.optim.Optimizer;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.optim.ParameterGroup;
import dev.auspex.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The optimisers of one model, each with its peak rate, scaled by muP (arXiv 2203.03466, table 8).
///
/// With AdamW the rate of hidden matrices shrinks with the width; embedding, head and gains keep
/// theirs. Muon's update has unit spectral size, so its rate serves every width.
final class Optimizers {
  private record Rated(Optimizer optimizer, double peakRate) {}

  private final List<Rated> all = new ArrayList<>();

  /// For all parameters.
  Optimizers(OptimizerConfig config, Gpt model) {
    this(
        config,
        model,
        model.parameters().stream().map(Parameter::name).collect(Collectors.toUnmodifiableSet()));
  }

  /// @param owned names of the parameters to update; whole units
  Optimizers(OptimizerConfig config, Gpt model, Set<String> owned) {
    double width = model.config().widthMultiplier();
    switch (config) {
      case OptimizerConfig.Adamw c -> {
        List<ParameterGroup> groups = new ArrayList<>();
        double decay = c.hiddenWeightDecay() / width;
        groups.addAll(groups(model, owned, Set.of(Parameter.Role.HIDDEN), width, decay));
        groups.addAll(groups(model, owned, Set.of(Parameter.Role.OUTPUT), 1, 0));
        groups.addAll(
            groups(model, owned, Set.of(Parameter.Role.EMBEDDING, Parameter.Role.GAIN), 1, 0));
        all.add(new Rated(new AdamW(groups, c.beta1(), c.beta2(), c.eps()), c.learningRate()));
      }
      case OptimizerConfig.Muon c -> {
        List<ParameterGroup> hidden =
            groups(model, owned, Set.of(Parameter.Role.HIDDEN), 1, c.weightDecay());
        Set<Parameter.Role> rest =
            Set.of(Parameter.Role.EMBEDDING, Parameter.Role.OUTPUT, Parameter.Role.GAIN);
        List<ParameterGroup> others = groups(model, owned, rest, 1, 0);
        all.add(new Rated(new Muon(hidden, c.momentum(), model.compute()), c.learningRate()));
        all.add(
            new Rated(new AdamW(others, c.beta1(), c.beta2(), c.eps()), c.othersLearningRate()));
      }
    }
  }

  /// Factor on the learning rate of a parameter, beside the one of its role.
  private static double rate(Gpt model, Parameter parameter) {
    if (model.vision().isEmpty()) {
      return 1;
    }
    VisionConfig vision = model.vision().get();
    return VisionShapes.ofEncoder(parameter.name())
        ? vision.encoderRate()
        : VisionShapes.ofProjector(parameter.name())
            ? vision.projectorRate()
            : vision.decoderRate();
  }

  /// The parameters that must be updated together, by name.
  static List<List<String>> units(OptimizerConfig config, Gpt model) {
    List<List<String>> units = new ArrayList<>();
    Map<Double, Map<String, Tensor>> together = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (config instanceof OptimizerConfig.Muon && parameter.role() == Parameter.Role.HIDDEN) {
        together
            .computeIfAbsent(rate(model, parameter), _ -> new LinkedHashMap<>())
            .put(parameter.name(), parameter.value());
      } else {
        units.add(List.of(parameter.name()));
      }
    }
    together.values().forEach(parameters -> units.addAll(Muon.batches(parameters)));
    return units;
  }

  /// The owned parameters of some roles, one group for each learning rate.
  private static List<ParameterGroup> groups(
      Gpt model, Set<String> owned, Set<Parameter.Role> roles, double rateScale, double decay) {
    Map<Double, Map<String, Tensor>> byRate = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (roles.contains(parameter.role()) && owned.contains(parameter.name())) {
        byRate
            .computeIfAbsent(rate(model, parameter), _ -> new LinkedHashMap<>())
            .put(parameter.name(), parameter.value());
      }
    }
    List<ParameterGroup> groups = new ArrayList<>();
    byRate.forEach(
        (rate, parameters) -> groups.add(new ParameterGroup(parameters, rateScale * rate, decay)));
    return groups;
  }

  /// One update of every owned parameter.
  ///
  /// @param factor on the learning rates
  /// @param gradientScale factor on the gradients
  void step(double factor, double gradientScale) {
    for (Rated rated : all) {
      rated.optimizer().step(factor * rated.peakRate(), gradientScale);
    }
  }

  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    all.forEach(rated -> state.putAll(rated.optimizer().state()));
    return state;
  }
}
