package dev.auspex.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Physical memory of this process, native libraries included, as Linux counts it.
///
/// @param residentBytes held now
/// @param peakBytes the most it ever held
public record ProcessMemory(long residentBytes, long peakBytes) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");

  /// The memory now; empty where the system does not tell.
  public static Optional<ProcessMemory> current() {
    try {
      String status = Files.readString(STATUS);
      Matcher resident = RESIDENT.matcher(status);
      Matcher peak = PEAK.matcher(status);
      return resident.find() && peak.find()
          ? Optional.of(new ProcessMemory(bytes(resident), bytes(peak)))
          : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private static long bytes(Matcher line) {
    return 1024 * Long.parseLong(line.group(1));
  }
}
