package dev.auspex.model;

import dev.auspex.model.Parameter.Role;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A decoder-only Transformer: Llama's shape, Qwen3's with QK-norm, or an imported GPT-2.
///
/// Owns its parameters in FP32 until {@link #close}; computes in the type it was made with. Belongs
/// to one platform thread. Parameters are made outside any {@link dev.auspex.tensor.TensorScope}.
public final class Gpt implements AutoCloseable {
  private final GptConfig config;
  private final Variant variant;
  private final DType compute;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final List<Block> blocks = new ArrayList<>();
  private final List<Linear> linears = new ArrayList<>();
  private final List<List<Linear>> stages = new ArrayList<>(); // those of each block, then the head
  private final Norm finalNorm;
  private final Linear head;
  private final @Nullable Lora lora;
  private final @Nullable VisionConfig visionConfig;
  private final @Nullable VisionEncoder vision;

  /// Builds a model as it is trained here around given values.
  ///
  /// @param values tensors by name with the shapes of {@link ParameterShapes}; the model owns them
  public Gpt(GptConfig config, DType compute, Map<String, Tensor> values) {
    this(config, Variant.PLAIN, compute, values);
  }

  /// Builds a model that also reads images, where `vision` is given.
  public Gpt(
      GptConfig config, @Nullable VisionConfig vision, DType compute, Map<String, Tensor> values) {
    this(config, Variant.PLAIN, vision, compute, values, null);
  }

  /// Builds an imported model around given values, as above.
  public Gpt(GptConfig config, Variant variant, DType compute, Map<String, Tensor> values) {
    this(config, variant, null, compute, values, null);
  }

  /// Builds a model of any kind.
  ///
  /// @param lora what is added to its matrices; where given, only that is trained
  public Gpt(
      GptConfig config,
      Variant variant,
      @Nullable VisionConfig vision,
      DType compute,
      Map<String, Tensor> values,
      @Nullable Lora lora) {
    this.lora = lora;
    this.config = config;
    this.variant = variant;
    this.compute = compute;
    this.visionConfig = vision;
    ParameterShapes.of(config, variant)
        .forEach((name, shape) -> take(name, shape, roleOf(name), values));
    if (vision != null) {
      VisionShapes.of(vision, config.dim())
          .forEach((name, shape) -> take(name, shape, VisionShapes.role(name), values));
    }
    this.vision = vision == null ? null : new VisionEncoder(vision, compute, this::value);
    Attention.Shared shared = new Attention.Shared(config, variant, compute);
    for (int layer = 0; layer < config.numLayers(); layer++) {
      int from = linears.size();
      blocks.add(block(layer, shared));
      stages.add(List.copyOf(linears.subList(from, linears.size())));
    }
    String headName = config.tieEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight";
    this.finalNorm = norm("model.norm.weight");
    this.head = linear(config.widthMultiplier(), "model.norm.weight", headName);
    stages.add(List.of(head));
  }

  private void take(String name, long[] shape, Role role, Map<String, Tensor> values) {
    Tensor value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("missing parameter " + name);
    }
    value.requireShape(name, shape);
    parameters.put(name, new Parameter(name, lora == null ? value.requireGrad() : value, role));
  }

  private Block block(int layer, Attention.Shared shared) {
    String at = "model.layers." + layer + ".";
    String self = at + "self_attn.";
    Linear queryKeyValue =
        linear(
            1,
            at + "input_layernorm.weight",
            self + "q_proj.weight",
            self + "k_proj.weight",
            self + "v_proj.weight");
    Attention.Gains gains =
        config.qkNorm()
            ? new Attention.Gains(value(self + "q_norm.weight"), value(self + "k_norm.weight"))
            : new Attention.Gains(null, null);
    Attention attention =
        new Attention(
            config, layer, queryKeyValue, linear(1, null, self + "o_proj.weight"), gains, shared);
    Linear down = linear(1, null, at + "mlp.down_proj.weight");
    FeedForward feedForward = new FeedForward(config.ffnDim(), !variant.gpt2(), up(at), down);
    return new Block(
        norm(at + "input_layernorm.weight"),
        attention,
        norm(at + "post_attention_layernorm.weight"),
        feedForward,
        config.residualMultiplier());
  }

  private Norm norm(String gain) {
    return variant.gpt2()
        ? new Norm(config.normEps(), value(gain), biasBeside(gain))
        : new Norm(config.normEps(), null, null);
  }

  private Linear up(String at) {
    String norm = at + "post_attention_layernorm.weight";
    return variant.gpt2()
        ? linear(1, norm, at + "mlp.up_proj.weight")
        : linear(1, norm, at + "mlp.gate_proj.weight", at + "mlp.up_proj.weight");
  }

  private Linear linear(double factor, @Nullable String gain, String... weights) {
    List<Tensor> values = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (String name : weights) {
      values.add(value(name));
      Tensor bias = biasBeside(name);
      if (bias != null) {
        biases.add(bias);
      }
    }
    Linear.Affine norm =
        gain == null || variant.gpt2() ? Linear.Affine.NONE : new Linear.Affine(value(gain), null);
    Linear linear = new Linear(values, biases, norm, factor, compute);
    if (lora != null) {
      linear.tuneBy(lora, List.of(weights));
    }
    linears.add(linear);
    return linear;
  }

  private @Nullable Tensor biasBeside(String weight) {
    Parameter bias = parameters.get(weight.replaceFirst("weight$", "bias"));
    return bias == null ? null : bias.value();
  }

  private Tensor value(String name) {
    return parameters.get(name).value();
  }

  private static Role roleOf(String name) {
    return switch (name) {
      case "model.embed_tokens.weight" -> Role.EMBEDDING;
      case "lm_head.weight" -> Role.OUTPUT;
      case "model.embed_positions.weight" -> Role.EMBEDDING;
      default -> name.endsWith("norm.weight") || name.endsWith(".bias") ? Role.GAIN : Role.HIDDEN;
    };
  }

  /// The configuration it was built from.
  public GptConfig config() {
    return config;
  }

  /// What it does otherwise than the models trained here.
  public Variant variant() {
    return variant;
  }

  /// The image encoder's configuration; empty for a model that reads text only.
  public Optional<VisionConfig> vision() {
    return Optional.ofNullable(visionConfig);
  }

  /// Type of activations.
  public DType compute() {
    return compute;
  }

  /// All parameters that are trained, in a fixed order.
  public Collection<Parameter> parameters() {
    return lora == null ? parameters.values() : lora.parameters();
  }

  /// The parameters in groups, in the order in which a backward pass completes their gradients:
  /// head and last norm, the blocks from the last to the first, and the rest.
  public List<List<Parameter>> gradientOrder() {
    return TrainingPass.gradientOrder(parameters(), blocks.size());
  }

  /// How gradients are made.
  ///
  /// @param scale factor on all of them
  /// @param recompute whether activations inside the blocks are computed a second time instead of
  ///     kept (Chen et al. 2016, arXiv 1604.06174): a third more work, far less memory, same bits
  /// @param completed called each time the gradients of the next group of {@link #gradientOrder}
  ///     are complete, while the pass goes on with the other groups
  public record Backward(double scale, boolean recompute, Runnable completed) {
    /// Gradients that nobody asks for before all are complete.
    public Backward(double scale, boolean recompute) {
      this(scale, recompute, () -> {});
    }
  }

  /// Mean loss of the next token, and its gradients, which are added to the leaves.
  ///
  /// The gradient of head and loss is written by hand, a few rows at a time, so that the logits are
  /// never all in memory; {@link #loss(Tensor, Tensor)} with `backward` is the slow twin.
  ///
  /// @param inputs ids `[batch, seq]`
  /// @param targets the ids that follow `[batch, seq]`; -1 is left out
  /// @return nats per token
  public double loss(Tensor inputs, Tensor targets, Backward how) {
    inputs.requireShape("inputs", Tensor.ANY, Tensor.ANY);
    Tensor embeddings = value("model.embed_tokens.weight");
    if (lora != null) {
      return loss(inputs, embeddings, targets, how);
    }
    Tensor picked = embeddings.detach().rows(inputs).to(compute).requireGrad(); // [B, T, D]
    double loss = backPropagated(positioned(picked, null), targets, how);
    Kernels.addRowGradients(embeddings, inputs, picked.takeGrad());
    how.completed().run();
    return loss;
  }

  /// The same for sequences with images; inputs as {@link #forward(Tensor, Tensor, KvCache)} takes
  /// them.
  ///
  /// @param seen embeddings by id, as {@link #see} gives them; null for text alone
  public double loss(Tensor inputs, @Nullable Tensor seen, Tensor targets, Backward how) {
    if (seen == null) {
      return loss(inputs, targets, how);
    }
    double loss = backPropagated(embedded(inputs, seen, null), targets, how);
    how.completed().run();
    return loss;
  }

  /// All but the last group's call of `how.completed`; `x` is the stream before the first block.
  private double backPropagated(Tensor x, Tensor targets, Backward how) {
    linears.forEach(Linear::keep);
    try {
      NextTokenLoss.Head scores = new NextTokenLoss.Head(head.weight(), lora == null);
      TrainingPass pass =
          new TrainingPass(
              blocks,
              finalNorm,
              scores,
              how,
              stage -> {
                stages.get(stage).forEach(Linear::passGradients);
                how.completed().run();
              });
      return pass.loss(x, targets);
    } finally {
      linears.forEach(Linear::letGo);
    }
  }

  /// Mean loss of the next token.
  ///
  /// @param targets the ids that follow `[batch, seq]`; -1 is left out
  /// @return a scalar in nats per token
  public Tensor loss(Tensor inputs, Tensor targets) {
    return nextTokenLoss(forward(inputs, null), targets, true);
  }

  /// Mean loss of the next token in sequences with images; inputs as {@link #forward(Tensor,
  /// Tensor, KvCache)} takes them.
  public Tensor loss(Tensor inputs, Tensor seen, Tensor targets) {
    return nextTokenLoss(forward(inputs, seen, null), targets, true);
  }

  /// The same in nats, summed over all targets; `seen` is null for text alone.
  public Tensor summedLoss(Tensor inputs, @Nullable Tensor seen, Tensor targets) {
    Tensor hidden = seen == null ? forward(inputs, null) : forward(inputs, seen, null);
    return nextTokenLoss(hidden, targets, false);
  }

  private Tensor nextTokenLoss(Tensor hidden, Tensor targets, boolean mean) {
    Tensor logits = logits(hidden).reshape(-1, config.vocabSize()); // [B*T, V]
    return Fused.crossEntropy(logits.to(DType.FP32), targets.reshape(-1), mean);
  }

  /// The same parameters, computing in another type; the original still owns them.
  public Gpt computingIn(DType other) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> values.put(name, parameter.value()));
    return new Gpt(config, variant, visionConfig, other, values, lora);
  }

  /// Runs all blocks.
  ///
  /// @param inputs ids `[batch, seq]`
  /// @param cache keys and values of the tokens before, extended by this call; null for none
  /// @return final hidden states before the last norm `[batch, seq, dim]`
  public Tensor forward(Tensor inputs, @Nullable KvCache cache) {
    return forward(inputs, value("model.embed_tokens.weight"), cache);
  }

  /// Encodes images for {@link #forward(Tensor, Tensor, KvCache)}.
  ///
  /// @param patches normalised pixels `[squares, patches, 3 * patch * patch]`
  /// @return the token table with the images' tokens behind it `[vocab + squares * tokens, dim]`
  public Tensor see(Tensor patches) {
    if (vision == null) {
      throw new IllegalStateException("this model reads text only");
    }
    Tensor table = value("model.embed_tokens.weight");
    return Tensor.concat(0, table, vision.forward(patches).to(table.dtype()));
  }

  /// Runs all blocks on text and images.
  ///
  /// @param inputs ids `[batch, seq]`; `vocab + k` stands for image token `k`
  /// @param table embeddings by id, as {@link #see} gives them
  /// @param cache as above
  /// @return as above
  public Tensor forward(Tensor inputs, Tensor table, @Nullable KvCache cache) {
    inputs.requireShape("inputs", Tensor.ANY, Tensor.ANY);
    if (cache != null) {
      cache.requireRoom(inputs.size(1));
    }
    Tensor x = embedded(inputs, table, cache);
    for (Block block : blocks) {
      x = block.forward(x, cache);
    }
    if (cache != null) {
      cache.advance(inputs.size(1));
    }
    return x;
  }

  /// What a pass computes on its way, for measurements: the residual stream before the first block
  /// and after each, and last the logits.
  ///
  /// @param inputs ids `[batch, seq]`
  /// @param seen embeddings by id, as {@link #see} gives them; null for text alone
  /// @return `num_layers + 1` times `[batch, seq, dim]`, then `[batch, seq, vocab]`
  public List<Tensor> activations(Tensor inputs, @Nullable Tensor seen) {
    List<Tensor> activations = new ArrayList<>();
    Tensor table = seen == null ? value("model.embed_tokens.weight") : seen;
    activations.add(embedded(inputs, table, null));
    for (Block block : blocks) {
      activations.add(block.forward(activations.getLast(), null));
    }
    activations.add(logits(activations.getLast()));
    return activations;
  }

  /// The residual stream before the first block `[batch, seq, dim]`.
  private Tensor embedded(Tensor inputs, Tensor table, @Nullable KvCache cache) {
    return positioned(table.rows(inputs).to(compute), cache); // [B, T, D]
  }

  /// Adds GPT-2's embeddings of positions.
  private Tensor positioned(Tensor x, @Nullable KvCache cache) {
    if (!variant.gpt2()) {
      return x;
    }
    Tensor all = value("model.embed_positions.weight"); // [T, D], added to every sequence
    return x.add(all.narrow(0, cache == null ? 0 : cache.length(), x.size(1)).to(compute));
  }

  /// Scores of the next token.
  ///
  /// @param hidden `[batch, seq, dim]`
  /// @return `[batch, seq, vocab]` in the compute type
  public Tensor logits(Tensor hidden) {
    return head.forward(finalNorm.forward(hidden));
  }

  /// Folds and converts all weights once, for inference; training afterwards is not possible.
  public void prepareForInference() {
    linears.forEach(Linear::prepare);
  }

  /// Frees the parameters.
  @Override
  public void close() {
    linears.forEach(Linear::free);
    parameters.values().forEach(parameter -> parameter.value().free());
    if (lora != null) {
      lora.values().values().forEach(Tensor::free);
    }
  }
}
