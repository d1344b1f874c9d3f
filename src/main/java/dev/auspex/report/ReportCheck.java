package dev.auspex.report;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Checks a report against the files it was made from.
///
/// @param checked how many files, pages and numbers were looked at
/// @param different what is no longer as the report says, in words
public record ReportCheck(int checked, List<String> different) {
  public ReportCheck {
    different = List.copyOf(different);
  }

  /// Reads `evidence.json` in `reportDir`, hashes every file and page again, and reads every number
  /// again.
  public static ReportCheck of(Path reportDir) {
    Path file = reportDir.resolve(ReportWriter.EVIDENCE);
    if (!Files.isRegularFile(file)) {
      throw new ReportException(
          "report (%s) must hold %s; write one with auspex report --run DIR"
              .formatted(reportDir, ReportWriter.EVIDENCE));
    }
    JsonNode evidence = Json.readTree(file);
    Path run = reportDir.resolve(evidence.path("run").asString(".."));
    List<String> different = new ArrayList<>();
    int checked = hashes(evidence.path("files"), run, different);
    checked += hashes(evidence.path("pages"), reportDir, different);
    Map<String, JsonNode> trees = new HashMap<>();
    for (JsonNode claim : evidence.path("claims")) {
      checked++;
      claim(claim, run, trees, different);
    }
    return new ReportCheck(checked, different);
  }

  private static int hashes(JsonNode listed, Path folder, List<String> different) {
    for (Map.Entry<String, JsonNode> entry : listed.properties()) {
      Path file = folder.resolve(entry.getKey());
      if (!Files.isRegularFile(file)) {
        different.add(entry.getKey() + " is gone");
      } else if (!Hashes.sha256(file).equals(entry.getValue().asString(""))) {
        different.add(entry.getKey() + " was changed");
      }
    }
    return listed.size();
  }

  private static void claim(
      JsonNode claim, Path run, Map<String, JsonNode> trees, List<String> different) {
    String name = claim.path("file").asString("");
    JsonNode tree = trees.computeIfAbsent(name, n -> tree(run.resolve(n)));
    JsonNode now = tree.at(claim.path("pointer").asString(""));
    JsonNode then = claim.path("value");
    if (!now.isNumber() || now.doubleValue() != then.doubleValue()) {
      different.add(
          "%s: the report says %s, %s now says %s"
              .formatted(
                  claim.path("claim").asString(""),
                  then,
                  name,
                  now.isMissingNode() ? "nothing" : now));
    }
  }

  private static JsonNode tree(Path file) {
    if (!Files.isRegularFile(file)) {
      return Json.MAPPER.createObjectNode();
    }
    if (!file.toString().endsWith(".jsonl")) {
      return Json.readTree(file);
    }
    try {
      return Evidence.parseLines(file, Files.readString(file));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }
}
