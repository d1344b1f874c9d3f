package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PeerProcessTest {
  @Test
  void peersDoNotGetWhatTheLauncherSetForTheEngine() throws IOException {
    ProcessBuilder peer = new ProcessBuilder("env");
    Map<String, String> environment = peer.environment();
    environment.clear();
    environment.putAll(
        Map.of(
            "GOMP_SPINCOUNT",
            "1000",
            "MALLOC_ARENA_MAX",
            "1",
            "MALLOC_MMAP_MAX_",
            "7", // the caller's
            PeerProcess.FOR_ENGINE,
            " GOMP_SPINCOUNT MALLOC_ARENA_MAX"));
    assertEquals(Map.of("MALLOC_MMAP_MAX_", "7"), seen(PeerProcess.withoutEngine(peer)));
  }

  @Test
  void peersGetTheCallersEnvironmentWhereTheLauncherSetNothing() throws IOException {
    ProcessBuilder peer = new ProcessBuilder("env");
    peer.environment().clear();
    peer.environment().put("GOMP_SPINCOUNT", "1000");
    assertEquals(Map.of("GOMP_SPINCOUNT", "1000"), seen(PeerProcess.withoutEngine(peer)));
  }

  private static Map<String, String> seen(ProcessBuilder peer) throws IOException {
    Map<String, String> seen = new TreeMap<>();
    Process process = peer.start();
    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(pair -> seen.put(pair[0], pair[1]));
    return seen;
  }
}
