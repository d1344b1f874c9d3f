package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What `data pictures` writes, in which shares, and what it refuses.
class DataPicturesCommandTest {
  @TempDir private static Path shared;

  private static CliRun draw(Path out, Object... more) {
    Object[] words = new Object[more.length + 4];
    System.arraycopy(new Object[] {"data", "pictures", "--out", out}, 0, words, 0, 4);
    System.arraycopy(more, 0, words, 4, more.length);
    return CliRun.of(words);
  }

  /// Taken from what was written before mixes and scripts could be chosen.
  @Test
  void whatIsAskedByDefaultStaysTheSame() {
    Path out = shared.resolve("default");
    draw(out, "--count", 60, "--heldout", 40, "--seed", 5).ending(0);
    assertEquals(
        "3c12892d35331161d50639f92e4712d9a86055b8ace156971d65162906c1238f",
        Hashes.sha256(out.resolve("train.jsonl")));
    assertEquals(
        "a18e2062f7b398cc5852bdc1e64aaf21c039987f1ac67ddbe05d54bf39d002b3",
        Hashes.sha256(out.resolve("heldout.jsonl")));
    JsonNode about = Json.readTree(out.resolve("pictures.json"));
    assertEquals(
        "{\"scenes\":8,\"counts\":5,\"charts\":3,\"words\":3,\"diagrams\":1,\"flags\":0}",
        about.get("mix").toString());
    assertEquals("[\"latin\"]", about.get("scripts").toString());
  }

  @Test
  void kindsAndScriptsComeInTheSharesAskedForAndTheSameWhenDrawnAgain() throws IOException {
    Path out = shared.resolve("mixed");
    Path again = shared.resolve("again");
    JsonNode written = drawMixed(out, "latin,greek,cyrillic");
    drawMixed(again, "cyrillic,latin,greek");
    assertEquals("[\"latin\",\"greek\",\"cyrillic\"]", written.get("scripts").toString());
    assertEquals(5, written.at("/mix/flags").asInt());
    Map<String, Integer> pictures = new TreeMap<>();
    Set<String> kinds = new TreeSet<>();
    for (String line : Files.readAllLines(out.resolve("train.jsonl"))) {
      String kind = Json.MAPPER.readTree(line).get("kind").asString();
      kinds.add(kind);
      pictures.merge(kind.startsWith("ocr") ? "words" : "flags", 1, Integer::sum);
    }
    assertEquals(Map.of("flags", 50, "words", 20), pictures);
    assertTrue(kinds.containsAll(Set.of("flag", "stripe", "ocr", "ocr_greek", "ocr_cyrillic")));
    for (String name : new String[] {"train.jsonl", "heldout.jsonl", "images/train-000003.png"}) {
      assertArrayEquals(
          Files.readAllBytes(out.resolve(name)), Files.readAllBytes(again.resolve(name)), name);
    }
  }

  private static JsonNode drawMixed(Path out, String scripts) {
    return draw(
            out,
            "--count",
            70,
            "--heldout",
            35,
            "--mix",
            "flags=50,words=20",
            "--scripts",
            scripts,
            "--json")
        .ending(0)
        .json();
  }

  @Test
  void wrongMixesAndScriptsAreOneLineAndNothingIsWritten() {
    refused(
        "--mix (smells=1) must be KIND=SHARE,... of the kinds scenes, counts,", "--mix=smells=1");
    refused("--mix (flags) must be KIND=SHARE,...", "--mix=flags");
    refused("--mix () must be KIND=SHARE,...", "--mix=");
    refused("--mix (flags=-1) must have a whole number from 0", "--mix=words=3,flags=-1");
    refused("--mix (flags=0.5) must have a whole number from 0", "--mix=flags=0.5");
    refused(
        "--mix (flags=2000000) must have a whole number from 0 to 1,000,000",
        "--mix=flags=2000000");
    refused("--mix must have a share above 0; all are 0", "--mix=flags=0,words=0");
    refused("--mix (flags=2) must name each kind once", "--mix=flags=1,flags=2");
    refused(
        "--scripts (runes) must be among latin, greek, cyrillic, digits", "--scripts=latin,runes");
    refused("--scripts (greek) must name each script once", "--scripts=greek,greek");
    refused("--scripts must have words in --mix (words=0)", "--mix=flags=1", "--scripts=greek");
    refused("count (0) and heldout (2000) must be at least 1", "--count=0");
  }

  private static void refused(String expected, Object... arguments) {
    Path out = shared.resolve("refused");
    String told = draw(out, arguments).mistake();
    assertTrue(told.contains(expected), told);
    assertFalse(Files.exists(out), expected);
  }
}
