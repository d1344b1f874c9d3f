package dev.auspex.cli;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.model.GptConfig;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.train.SpeedProbe;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Other tools' training steps from our weights on our tokens. A peer that cannot run says so and
/// has no losses.
final class BenchTrainPeers {
  private static final SpeedProbe.Rate NONE = new SpeedProbe.Rate(Double.NaN, List.of());
  private static final Pattern LLMC_STEP =
      Pattern.compile("step (\\d+): train loss ([0-9.]+) \\(took ([0-9.]+) ms\\)");
  private static final int PADDED_VOCAB = 50304;

  private final int steps;
  private final int warmUp;
  private final PrintStream log;

  /// The parameters of a layer in llm.c's order; it has those of one line for all layers, one layer
  /// after the other.
  private static final List<List<String>> LLM_C_LAYERS =
      List.of(
          List.of("input_layernorm.weight"),
          List.of("input_layernorm.bias"),
          List.of("self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"),
          List.of("self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"),
          List.of("self_attn.o_proj.weight"),
          List.of("self_attn.o_proj.bias"),
          List.of("post_attention_layernorm.weight"),
          List.of("post_attention_layernorm.bias"),
          List.of("mlp.up_proj.weight"),
          List.of("mlp.up_proj.bias"),
          List.of("mlp.down_proj.weight"),
          List.of("mlp.down_proj.bias"));

  BenchTrainPeers(int steps, int warmUp, PrintStream log) {
    this.steps = steps;
    this.warmUp = warmUp;
    this.log = log;
  }

  /// PyTorch through `bench/peer_train.py`.
  SpeedProbe.Rate pyTorch(
      String python,
      String mode,
      String dtype,
      GptConfig shape,
      int batch,
      Path weights,
      Path tokens) {
    List<String> command = command(python, mode, dtype, shape, batch, weights, tokens);
    try {
      Process process =
          PeerProcess.of(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      JsonNode node = Json.MAPPER.readTree(text.lines().reduce("{}", (_, last) -> last));
      List<Double> losses = new ArrayList<>();
      node.path("losses").forEach(loss -> losses.add(loss.asDouble()));
      if (losses.isEmpty()) {
        log.println("PyTorch " + mode + " did not run; its row is left out");
      }
      return new SpeedProbe.Rate(node.path("tokens_per_second").asDouble(Double.NaN), losses);
    } catch (IOException | JacksonException e) {
      log.println("PyTorch " + mode + " did not run: " + e.getMessage());
      return NONE;
    }
  }

  private List<String> command(
      String python,
      String mode,
      String dtype,
      GptConfig shape,
      int batch,
      Path weights,
      Path tokens) {
    List<String> command =
        new ArrayList<>(
            List.of(python, BenchHistory.folder().resolve("peer_train.py").toString(), mode));
    Map<String, Object> options =
        new java.util.TreeMap<>(
            Map.of(
                "--dim", shape.dim(),
                "--layers", shape.numLayers(),
                "--heads", shape.numHeads(),
                "--kv-heads", shape.numKvHeads(),
                "--ffn", shape.ffnDim(),
                "--vocab", shape.vocabSize(),
                "--context", shape.contextLength(),
                "--batch", batch,
                "--steps", steps,
                "--dtype", dtype));
    options.put("--warmup-steps", warmUp);
    options.put("--weights", weights);
    options.put("--tokens", tokens);
    options.put("--weight-decay", 0);
    options.forEach((option, value) -> Collections.addAll(command, option, value.toString()));
    return command;
  }

  /// Writes weights and tokens where llm.c's `train_gpt2` reads them, in fixed places below its
  /// working folder; returns the program.
  Path prepareLlmC(Path llmc, Path folder, Path weights, GptConfig shape, int[] ids)
      throws IOException {
    try (TensorScope _ = TensorScope.open()) {
      writeLlmCWeights(folder.resolve("gpt2_124M.bin"), SafeTensors.read(weights), shape);
    }
    Path data = folder.resolve("dev/data/tinyshakespeare");
    Files.createDirectories(data);
    writeLlmCTokens(data.resolve("tiny_shakespeare_train.bin"), ids, 1);
    writeLlmCTokens(data.resolve("tiny_shakespeare_val.bin"), ids, 8);
    return llmc.resolve("train_gpt2").toAbsolutePath();
  }

  /// llm.c's `train_gpt2` on what {@link #prepareLlmC} wrote; B = 4, T = 64.
  ///
  /// @param tokens in a step
  SpeedProbe.Rate llmC(Path program, Path folder, int tokens) {
    if (!Files.isExecutable(program)) {
      log.println("llm.c did not run: " + program + " is not built; its row is left out");
      return NONE;
    }
    try {
      return llmCSteps(program, folder, tokens);
    } catch (IOException e) {
      log.println("llm.c did not run: " + e.getMessage());
      return NONE;
    }
  }

  private SpeedProbe.Rate llmCSteps(Path program, Path folder, int tokens) throws IOException {
    Process process =
        PeerProcess.of(List.of(program.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    List<Double> losses = new ArrayList<>();
    List<Double> milliseconds = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Matcher step = LLMC_STEP.matcher(line);
        if (step.find()) {
          losses.add(Double.valueOf(step.group(2)));
          milliseconds.add(Double.valueOf(step.group(3)));
        }
        if (losses.size() == steps) {
          break;
        }
      }
    } finally {
      process.destroyForcibly();
    }
    if (losses.size() < steps) {
      log.println("llm.c did not run; its row is left out");
      return NONE;
    }
    List<Double> measured = milliseconds.subList(warmUp, steps).stream().sorted().toList();
    double median = measured.get(measured.size() / 2) / 1000;
    return new SpeedProbe.Rate(tokens / median, losses);
  }

  private static void writeLlmCTokens(Path file, int[] ids, int times) throws IOException {
    int count = times * (ids.length - 1) + 1;
    ByteBuffer bytes = ByteBuffer.allocate(1024 + 2 * count).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, 20240520).putInt(4, 1).putInt(8, count).position(1024);
    for (int i = 0; i < count; i++) {
      bytes.putShort((short) ids[i % (ids.length - 1)]);
    }
    if (times == 1) { // the last target is the token after the batch
      bytes.putShort(bytes.capacity() - 2, (short) ids[ids.length - 1]);
    }
    Files.write(file, bytes.array());
  }

  private static void writeLlmCWeights(Path file, Map<String, Tensor> values, GptConfig shape)
      throws IOException {
    ByteBuffer header = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    int[] numbers = {
      20240326,
      3,
      shape.contextLength(),
      shape.vocabSize(),
      shape.numLayers(),
      shape.numHeads(),
      shape.dim(),
      PADDED_VOCAB
    };
    header.asIntBuffer().put(numbers);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.write(header);
      write(out, values, "model.embed_tokens.weight");
      out.write(ByteBuffer.allocate((PADDED_VOCAB - shape.vocabSize()) * shape.dim() * 4));
      write(out, values, "model.embed_positions.weight");
      for (List<String> names : LLM_C_LAYERS) {
        perLayer(out, values, shape, names);
      }
      write(out, values, "model.norm.weight");
      write(out, values, "model.norm.bias");
    }
  }

  private static void perLayer(
      FileChannel out, Map<String, Tensor> values, GptConfig shape, List<String> names)
      throws IOException {
    for (int layer : IntStream.range(0, shape.numLayers()).toArray()) {
      for (String name : names) {
        write(out, values, "model.layers." + layer + "." + name);
      }
    }
  }

  private static void write(FileChannel out, Map<String, Tensor> values, String name)
      throws IOException {
    Tensor tensor = values.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    ByteBuffer bytes = Device.toHost(tensor).bytes();
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
