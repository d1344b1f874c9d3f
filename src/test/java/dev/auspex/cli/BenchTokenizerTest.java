package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.bench.TokenizerPeers;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The benchmark's pieces on a little text; nothing here depends on how fast they are.
class BenchTokenizerTest {
  @TempDir private Path folder;

  @Test
  void theEncodingPeersGiveTheSameIdsAndARowEach() throws Exception {
    Path text = folder.resolve("text.txt");
    String line = "public int add(int a, int b) { return a + b; } // naïve, 12345 日本\n";
    Files.writeString(text, line.repeat(100));
    Path json = folder.resolve("tokenizer.json");
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    BpeTrainer.train(List.of(bytes).iterator(), BpeTrainerConfig.of(300), Progress.NONE)
        .tokenizer()
        .save(json);
    Path out = folder.resolve("rows.json");
    TokenizerPeers.main(new String[] {text.toString(), json.toString(), "1", out.toString()});
    JsonNode rows = Json.readTree(out);
    assertEquals(4, rows.size());
    for (JsonNode row : rows) {
      BenchTokenizer.Row read = Json.MAPPER.convertValue(row, BenchTokenizer.Row.class);
      assertEquals("MB/s", read.unit());
      assertTrue(read.value() > 0 && read.ratio() > 0, row.toString());
    }
  }

  @Test
  void historyGrowsByALine() throws Exception {
    BenchHistory.append(folder.resolve("bench"), "a", Map.of("rows", 1));
    BenchHistory.append(folder.resolve("bench"), "b", Map.of("rows", 2));
    List<String> lines = Files.readAllLines(folder.resolve("bench").resolve("history.jsonl"));
    assertEquals(2, lines.size());
    assertEquals("b", Json.MAPPER.readTree(lines.getLast()).get("bench").asString());
  }

  @Test
  void theMedianIsTheMiddleOfTheRepeats() throws Exception {
    int[] runs = {0};
    double seconds = BenchTokenizerPeers.median(3, () -> runs[0]++);
    assertEquals(3, runs[0]);
    assertTrue(seconds >= 0);
  }
}
