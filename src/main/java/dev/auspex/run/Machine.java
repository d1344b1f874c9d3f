package dev.auspex.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The computer as far as a report names it.
///
/// @param os name, version and architecture of the operating system
/// @param cpu the processor's model name, or the architecture where the system does not tell
/// @param cpuCount processors this process may use
/// @param memoryBytes physical memory, or the container's limit
/// @param jdk vendor and version of the running JDK
public record Machine(String os, String cpu, int cpuCount, long memoryBytes, String jdk) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /// The computer this process runs on.
  public static Machine current() {
    return new Machine(
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        cpuModel(),
        Runtime.getRuntime().availableProcessors(),
        memory(),
        property("java.vendor") + " " + Runtime.version());
  }

  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean bean
        ? bean.getTotalMemorySize()
        : 0;
  }

  private static String cpuModel() {
    return linuxCpuModel()
        .or(
            () ->
                property("os.name").startsWith("Mac")
                    ? Commands.output(List.of("sysctl", "-n", "machdep.cpu.brand_string"))
                    : Optional.empty())
        .map(String::strip)
        .orElse(property("os.arch"));
  }

  private static Optional<String> linuxCpuModel() {
    if (!Files.isReadable(CPU_INFO)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1))
          .findFirst();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }
}
