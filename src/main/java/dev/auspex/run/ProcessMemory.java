package dev.auspex.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Physical memory of this process, native libraries included, as Linux counts it.
///
/// @param residentBytes held now
/// @param peakBytes the most it ever held
public record ProcessMemory(long residentBytes, long peakBytes) {
  private static final Path STATUS = Path.of("/proc/self/status");

  /// The memory now; empty where the system does not tell.
  public static Optional<ProcessMemory> current() {
    try {
      String status = Files.readString(STATUS);
      return Optional.of(new ProcessMemory(bytes(status, "VmRSS:"), bytes(status, "VmHWM:")));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /// A line such as `VmRSS:     7212 kB`.
  private static long bytes(String status, String key) {
    int start = status.indexOf(key) + key.length();
    return 1024 * Long.parseLong(status.substring(start, status.indexOf(" kB", start)).strip());
  }
}
