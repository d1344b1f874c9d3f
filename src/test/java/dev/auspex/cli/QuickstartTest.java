package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole path on the text of this very source tree, made short by `--minutes`.
class QuickstartTest {
  @TempDir private Path folder;

  private static String run(int expectedCode, String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertEquals(expectedCode, Main.commandLine(new Interruption()).execute(arguments));
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void forecastsTrainsScoresAndReportsThenGeneratesAndVerifies() throws IOException {
    String dir = folder.resolve("q").toString();
    String[] quickstart = {
      "quickstart", "--data", "src", "--dir", dir, "--seed", "3", "--minutes", "0.1", "--json"
    };
    JsonNode document = Json.MAPPER.readTree(run(0, quickstart));
    JsonNode forecast = document.path("forecast");
    assertTrue(forecast.path("seal_valid").asBoolean(), forecast.toString());
    assertTrue(forecast.path("actual").asDouble() > 0.5);
    assertTrue(forecast.path("compute_ratio").asDouble() > 5);
    assertEquals(7, document.path("stages").size());
    String page = Files.readString(Path.of(document.path("report").asString()));
    assertTrue(page.contains("Laws and back-tests"));
    assertTrue(page.contains("data:image/svg+xml;base64,"));
    assertFalse(page.contains("src=\"http"));

    // A second call finds everything done and says the same.
    JsonNode again = Json.MAPPER.readTree(run(0, quickstart));
    assertEquals(forecast, again.path("forecast"));

    JsonNode text =
        Json.MAPPER.readTree(
            run(
                0,
                "generate",
                "--model",
                dir,
                "--prompt",
                "import",
                "--max-tokens",
                "5",
                "--json"));
    assertEquals(5, text.path("ids").size());
    int inside = forecast.path("inside").asBoolean() ? 0 : 3;
    assertTrue(run(inside, "scale", "score", "--run", dir, "--json").contains("\"seal_valid\""));
    run(0, "report", "verify", "--run", dir);
    Files.writeString(Path.of(dir, "samples.jsonl"), "{}\n");
    run(3, "report", "verify", "--run", dir);
  }

  @Test
  void aFolderBegunWithOtherSettingsIsLeftAlone() throws IOException {
    Path dir = Files.createDirectories(folder.resolve("other"));
    Files.writeString(dir.resolve("plan.yaml"), "base: {}\n");
    run(2, "quickstart", "--data", "src", "--dir", dir.toString());
    assertEquals("base: {}\n", Files.readString(dir.resolve("plan.yaml")));
  }
}
