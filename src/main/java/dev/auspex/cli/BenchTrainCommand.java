package dev.auspex.cli;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.config.ConfigException;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Mup;
import dev.auspex.model.ParameterShapes;
import dev.auspex.model.Variant;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.SelfCheck;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.Torch;
import dev.auspex.train.SpeedProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex bench train`: training steps beside PyTorch, eager and compiled, and beside llm.c, in
/// one run from the same weights on the same tokens; the losses must agree. A peer that cannot run
/// is left out and said to be.
@Command(
    name = "train",
    description = "Tokens per second of a training step, beside PyTorch and llm.c.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex bench train --shapes 7m",
      "  auspex bench train --python python3 --llmc ../llm.c"
    })
final class BenchTrainCommand implements Callable<Integer> {
  private static final int WARM_UP = 3;

  /// Losses of BF16 runs may differ by this share after the last step.
  private static final double NOISE = 0.02;

  /// One model and batch to measure.
  private record Shape(String name, GptConfig config, Variant variant, int batch) {
    int tokens() {
      return batch * config.contextLength();
    }

    @Override
    public String toString() {
      return "%s dim %d layers %d vocab %d T %d B %d"
          .formatted(
              name,
              config.dim(),
              config.numLayers(),
              config.vocabSize(),
              config.contextLength(),
              batch);
    }
  }

  private static final Map<String, Shape> SHAPES =
      Map.of(
          "7m",
          new Shape("7m", llama(4096, 256, 256, 6, 4, 704), Variant.PLAIN, 16),
          "35m",
          new Shape("35m", llama(8192, 256, 512, 8, 8, 1408), Variant.PLAIN, 8),
          "124m",
          new Shape(
              "124m",
              new GptConfig(
                  50257, 64, 768, 12, 12, 12, 64, 3072, 10000, 1e-5, false, true, new Mup(768, 12)),
              Variant.GPT2,
              4));

  private static GptConfig llama(
      int vocab, int context, int dim, int layers, int heads, int ffnDim) {
    Mup plain = new Mup(dim, layers);
    return new GptConfig(
        vocab,
        context,
        dim,
        layers,
        heads,
        heads,
        dim / heads,
        ffnDim,
        10000,
        1e-5,
        false,
        false,
        plain);
  }

  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--shapes",
      split = ",",
      description = "Of 7m, 35m, and 124m (GPT-2, needs --llmc) (default: ${DEFAULT-VALUE}).")
  private List<String> shapes = List.of("7m", "35m");

  @Option(
      names = "--dtypes",
      split = ",",
      description = "Of bf16 and fp32 (default: ${DEFAULT-VALUE}).")
  private List<String> dtypes = List.of("bf16", "fp32");

  @Option(names = "--steps", description = "Steps of each run (default: ${DEFAULT-VALUE}).")
  private int steps = 10;

  @Option(names = "--repeats", description = "Runs of each engine (default: ${DEFAULT-VALUE}).")
  private int repeats = 3;

  @Option(
      names = "--warm-up",
      description =
          "Seconds that Auspex trains before it is measured, while the JVM compiles"
              + " (default: ${DEFAULT-VALUE}).")
  private double warmUpSeconds = 20;

  @Option(names = "--python", description = "Python with PyTorch (default: ${DEFAULT-VALUE}).")
  private String python = "python3";

  @Option(names = "--llmc", description = "Folder of llm.c with train_gpt2 built.")
  private @Nullable Path llmc;

  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final List<String> disagreeing = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    if (steps <= WARM_UP || repeats < 1) {
      throw new ConfigException(
          "--steps (%d) must be above %d and --repeats (%d) at least 1"
              .formatted(steps, WARM_UP, repeats));
    }
    if (!SHAPES.keySet().containsAll(shapes) || !List.of("bf16", "fp32").containsAll(dtypes)) {
      throw new ConfigException(
          "--shapes (%s) must be of 7m, 35m, 124m, and --dtypes (%s) of bf16, fp32"
              .formatted(String.join(",", shapes), String.join(",", dtypes)));
    }
    Engine.start(0);
    Map<String, Double> matmul = SelfCheck.matmulGflops();
    try (TemporaryFolder folder = new TemporaryFolder("auspex-bench")) {
      for (String name : shapes) {
        measure(SHAPES.get(name), folder.path());
      }
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rows", rows);
    document.put("machine", Map.of("threads", Torch.threads(), "matmul_gflops", matmul));
    BenchHistory.append("train", document);
    output.print(document);
    disagreeing.forEach(output.human()::println);
    return disagreeing.isEmpty() ? 0 : ExitCodes.NOT_HELD;
  }

  private void measure(Shape shape, Path folder) throws IOException {
    Path weights = folder.resolve(shape.name() + ".safetensors");
    SafeTensors.write(weights, draw(shape), Map.of());
    int[] ids =
        new SplittableRandom(1).ints(shape.tokens() + 1L, 0, shape.config().vocabSize()).toArray();
    Path tokens = folder.resolve(shape.name() + ".bin");
    ByteBuffer bytes = ByteBuffer.allocate(ids.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(ids);
    Files.write(tokens, bytes.array());
    for (String dtype : shape.variant().gpt2() ? List.of("bf16") : dtypes) {
      Map<String, Supplier<SpeedProbe.Rate>> engines = new LinkedHashMap<>();
      List<Double> products = new ArrayList<>(); // rates of the machine, which takes turns too
      engines.put(
          "auspex",
          () -> {
            products.add(SelfCheck.matmulGflops(type(dtype)));
            return ours(shape, dtype, weights, ids);
          });
      warmUp(() -> ours(shape, dtype, weights, ids));
      BenchTrainPeers peers = new BenchTrainPeers(steps, WARM_UP, output.human());
      if (!shape.variant().gpt2()) {
        for (String mode : List.of("no-compile", "compile")) {
          engines.put(
              "pytorch " + mode,
              () ->
                  peers.pyTorch(
                      python, "--" + mode, dtype, shape.config(), shape.batch(), weights, tokens));
        }
      } else if (llmc != null) {
        Path program = peers.prepareLlmC(llmc, folder, weights, shape.config(), ids);
        engines.put("llm.c fp32", () -> peers.llmC(program, folder, shape.tokens()));
      }
      Map<String, SpeedProbe.Rate> rates = medians(engines);
      SpeedProbe.Rate ours = rates.get("auspex");
      int first = rows.size();
      rates.forEach((engine, rate) -> row(shape, engine, dtype, rate, ours));
      double flops = ours.tokensPerSecond() * shape.config().flopsPerToken() / 1e9;
      products.sort(null);
      share(rows.get(first), flops, products.get(repeats / 2));
    }
  }

  /// GPT-2's starting values are drawn here, for Auspex itself trains other shapes.
  private static Map<String, Tensor> draw(Shape shape) {
    if (!shape.variant().gpt2()) {
      return Initializer.draw(shape.config(), 1);
    }
    SplittableRandom random = new SplittableRandom(1);
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(shape.config(), shape.variant())
        .forEach(
            (name, size) -> {
              float[] numbers = new float[(int) Arrays.stream(size).reduce(1, (a, b) -> a * b)];
              for (int i = 0; i < numbers.length; i++) {
                numbers[i] =
                    name.endsWith("norm.weight")
                        ? 1
                        : name.endsWith("bias") ? 0 : (float) (0.02 * random.nextGaussian());
              }
              values.put(name, Tensor.of(numbers, size));
            });
    return values;
  }

  private SpeedProbe.Rate ours(Shape shape, String dtype, Path weights, int[] ids) {
    OptimizerConfig adamW =
        shape.variant().gpt2()
            ? new OptimizerConfig.Adamw(1e-4, 0.9, 0.999, 1e-8, 0)
            : new OptimizerConfig.Adamw(1e-3, 0.9, 0.95, 1e-8, 0);
    double clip = shape.variant().gpt2() ? Double.MAX_VALUE : 1;
    try (Gpt model =
        new Gpt(shape.config(), shape.variant(), type(dtype), SafeTensors.read(weights))) {
      return SpeedProbe.repeat(model, adamW, ids, clip, steps, WARM_UP);
    }
  }

  /// PyTorch compiles before its first measured step, the JVM during the first forty or so.
  private void warmUp(Runnable run) {
    long end = System.nanoTime() + (long) (warmUpSeconds * 1e9);
    while (System.nanoTime() < end) {
      run.run();
    }
  }

  private static DType type(String dtype) {
    return dtype.equals("bf16") ? DType.BF16 : DType.FP32;
  }

  /// Adds to our row the share of the measured matmul rate.
  private void share(Map<String, Object> row, double gflops, double rate) {
    double share = gflops / rate;
    row.put("matmul_share", share);
    row.put("matmul_gflops", rate);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%s %s: ours is %.0f%% of the matmul rate%n",
            row.get("shape"),
            row.get("dtype"),
            100 * share);
  }

  /// Each engine's run of median speed. They take turns, so that what else slows the machine for a
  /// while slows all of them.
  private Map<String, SpeedProbe.Rate> medians(Map<String, Supplier<SpeedProbe.Rate>> engines) {
    Map<String, List<SpeedProbe.Rate>> runs = new LinkedHashMap<>();
    for (int i = 0; i < repeats; i++) {
      engines.forEach(
          (engine, run) -> runs.computeIfAbsent(engine, _ -> new ArrayList<>()).add(run.get()));
    }
    Map<String, SpeedProbe.Rate> medians = new LinkedHashMap<>();
    runs.forEach(
        (engine, rates) -> {
          rates.sort(Comparator.comparingDouble(SpeedProbe.Rate::tokensPerSecond));
          medians.put(engine, rates.get(repeats / 2));
        });
    return medians;
  }

  /// Adds a row with our speed over the engine's as its ratio; none for an engine that did not run.
  private void row(
      Shape shape, String engine, String dtype, SpeedProbe.Rate rate, SpeedProbe.Rate ours) {
    if (rate.losses().isEmpty()) {
      return;
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("shape", shape.toString());
    row.put("engine", engine);
    row.put("dtype", dtype);
    row.put("value", rate.tokensPerSecond());
    row.put("unit", "tokens/s");
    row.put("ratio", ours.tokensPerSecond() / rate.tokensPerSecond());
    row.put("last_loss", rate.losses().getLast());
    rows.add(row);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%-44s %-20s %s %10.0f tokens/s  ours is %.2fx as fast  loss %.4f -> %.4f%n",
            shape,
            engine,
            dtype,
            rate.tokensPerSecond(),
            ours.tokensPerSecond() / rate.tokensPerSecond(),
            rate.losses().getFirst(),
            rate.losses().getLast());
    double difference = Math.abs(rate.losses().getLast() / ours.losses().getLast() - 1);
    if (difference > NOISE) {
      disagreeing.add(
          "losses of %s (%s, %s) differ from ours by %.1f%% after %d steps"
              .formatted(engine, shape.name(), dtype, 100 * difference, steps));
    }
  }
}
