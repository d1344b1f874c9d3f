package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Real processes that are really killed.
class BenchChaosCommandTest {
  @TempDir private Path folder;
  private Path temporary;

  @BeforeEach
  void makeRoom() throws IOException {
    Files.writeString(folder.resolve("text.txt"), "It was the best of times.\n".repeat(20_000));
    temporary = Files.createDirectory(folder.resolve("temporary"));
  }

  private Process chaos(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("bench", "chaos", "--workers", "1,2"));
    arguments.addAll(List.of("--data", folder.resolve("text.txt").toString()));
    arguments.addAll(List.of(more));
    List<String> command = new ArrayList<>(Jvm.command(arguments));
    command.add(1, "-Dauspex.home=" + folder);
    command.add(1, "-Djava.io.tmpdir=" + temporary);
    return new ProcessBuilder(command)
        .redirectError(folder.resolve("err.txt").toFile())
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
  }

  private void ends(Process process, int code) throws Exception {
    assertTrue(process.waitFor(300, TimeUnit.SECONDS));
    assertEquals(code, process.exitValue(), Files.readString(folder.resolve("err.txt")));
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.filter(path -> path.toString().contains("chaos")).toList());
    }
  }

  @Test
  void aRunThatIsKilledTwiceEndsInTheSameBits() throws Exception {
    ends(chaos("--kills", "2", "--steps", "30", "--json"), 0);
    JsonNode printed = Json.MAPPER.readTree(Files.readString(folder.resolve("out.txt")));
    assertEquals(0, count(printed, "runs that differ"));
    assertTrue(count(printed, "runs compared") >= 1);
    assertTrue(count(printed, "kill -9") >= 2);
    assertTrue(Files.exists(folder.resolve("bench/history.jsonl")));
  }

  private static int count(JsonNode printed, String what) {
    int sum = 0;
    for (JsonNode row : printed.path("rows")) {
      if (row.path("unit").asString().startsWith(what)) {
        sum += row.path("value").asInt();
      }
    }
    return sum;
  }

  @Test
  void leavesNothingBehindWhenItIsToldToEnd() throws Exception {
    Process process = chaos("--kills", "2");
    List<ProcessHandle> runs = List.of();
    for (int i = 0; i < 1000 && process.isAlive() && runs.isEmpty(); i++) {
      Thread.sleep(50);
      runs = process.descendants().toList();
    }
    assertFalse(runs.isEmpty(), Files.readString(folder.resolve("err.txt")));
    process.destroy();
    ends(process, 130);
    runs.forEach(run -> assertFalse(run.isAlive(), () -> "still there: " + run.pid()));
  }
}
