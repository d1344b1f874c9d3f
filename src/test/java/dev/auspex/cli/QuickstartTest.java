package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole path on the text of this very source tree, made short by `--minutes`.
class QuickstartTest {
  @TempDir private Path folder;

  private static String run(int expectedCode, String... arguments) {
    return CliRun.of((Object[]) arguments).ending(expectedCode).out();
  }

  @Test
  void forecastsTrainsScoresAndReportsThenGeneratesAndVerifies() throws IOException {
    String dir = folder.resolve("q").toString();
    String[] quickstart = {
      "quickstart", "--data", "src", "--dir", dir, "--seed", "3", "--minutes", "0.1", "--json"
    };
    CliRun first = CliRun.of((Object[]) quickstart).ending(0);
    assertTrue(first.err().contains("not calibrated for this text and length"), first.err());
    JsonNode document = first.json();
    JsonNode forecast = document.path("forecast");
    assertTrue(forecast.path("seal_valid").asBoolean(), forecast.toString());
    assertTrue(forecast.path("actual").asDouble() > 0.5);
    assertTrue(forecast.path("compute_ratio").asDouble() > 5);
    assertEquals(7, document.path("stages").size());
    String page = Files.readString(Path.of(document.path("report").asString()));
    assertTrue(page.contains("dim-16-seed-3"), "the page must list the ladder");
    assertTrue(page.contains("data:image/") || page.contains("<svg"), "the page must hold plots");
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
