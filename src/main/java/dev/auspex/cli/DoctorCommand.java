package dev.auspex.cli;

import dev.auspex.tensor.Device;
import dev.auspex.tensor.SelfCheck;
import dev.auspex.tensor.Torch;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `auspex doctor`: what this machine offers, and whether its arithmetic can be trusted.
@Command(
    name = "doctor",
    description = "Check the environment and the numerics of this machine.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex doctor --json"})
final class DoctorCommand implements Callable<Integer> {
  private static final long MEGABYTE = 1 << 20;

  @Mixin private JsonOption output = new JsonOption();

  @Override
  public Integer call() {
    Engine.start(0);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("java", Runtime.version().toString());
    document.put("libtorch", Torch.version());
    List<String> devices = new ArrayList<>(List.of("cpu"));
    IntStream.range(0, Device.cudaDevices()).forEach(i -> devices.add("cuda:" + i));
    document.put("devices", devices);
    document.put("device", Device.name());
    document.put("threads", Torch.threads());
    Map<String, Object> memory = new LinkedHashMap<>();
    memory.put("free_mb", Torch.freeMemoryBytes() / MEGABYTE);
    memory.put("heap_limit_mb", Runtime.getRuntime().maxMemory() / MEGABYTE);
    memory.put("disk_free_mb", new File(".").getAbsoluteFile().getUsableSpace() / MEGABYTE);
    document.put("memory", memory);
    Map<String, Double> rates = SelfCheck.matmulGflops();
    document.put("bf16", rates.get("bf16") > rates.get("fp32") ? "fast" : "slow");
    document.put("matmul_gflops", rates);
    List<SelfCheck.Check> checks = SelfCheck.run();
    document.put("checks", checks);
    document.forEach((key, value) -> show(key, value));
    if (output.json) {
      output.print(document);
    }
    return checks.stream().allMatch(SelfCheck.Check::ok) ? 0 : ExitCodes.NOT_HELD;
  }

  private void show(String key, Object value) {
    if (value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Record) {
      list.forEach(entry -> output.human().printf("%-14s %s%n", key, entry));
    } else {
      output.human().printf("%-14s %s%n", key, value);
    }
  }
}
