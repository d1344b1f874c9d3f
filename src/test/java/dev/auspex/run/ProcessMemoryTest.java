package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessMemoryTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryThatIsWrittenToIsSeen() {
    ProcessMemory before = ProcessMemory.current().orElseThrow();
    byte[][] held = new byte[64][1 << 20];
    Arrays.stream(held).forEach(block -> Arrays.fill(block, (byte) 1));
    ProcessMemory after = ProcessMemory.current().orElseThrow();
    assertTrue(before.residentBytes() > 1 << 20);
    assertTrue(after.peakBytes() >= 64 << 20, after.toString());
    assertTrue(after.peakBytes() >= after.residentBytes());
    assertTrue(held[63][0] == 1);
  }
}
