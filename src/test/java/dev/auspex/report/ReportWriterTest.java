package dev.auspex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportWriterTest {
  @TempDir Path folder;

  private Path fixture() {
    Path run = folder.resolve("java");
    RunFixture.write(run);
    return run;
  }

  private String page(Path run) throws IOException {
    return Files.readString(ReportWriter.write(run, run.resolve("report")).page());
  }

  @Test
  void aFullRunIsReportedWithNothingMissing() throws IOException {
    Path run = fixture();
    ReportWriter.Written written = ReportWriter.write(run, run.resolve("report"));
    assertEquals(List.of(), written.missing().stream().filter(m -> !m.isEmpty()).toList());
    String page = Files.readString(written.page());
    assertTrue(page.contains("1.4201"), "prediction");
    assertTrue(page.contains("1.4387"), "outcome");
    assertTrue(page.contains("-1.29%"), "error");
    assertTrue(page.contains("error, inside the interval"));
    for (String title :
        List.of(
            "Forecast",
            "Laws and back-tests",
            "Ladder",
            "Training",
            "Data",
            "Samples",
            "Settings",
            "Environment",
            "Limits")) {
      assertTrue(page.contains(">" + title + "</h2>"), title);
    }
  }

  @Test
  void thePageLoadsNothingFromElsewhere() throws IOException {
    String page = page(fixture());
    assertFalse(Pattern.compile("(src|href|srcset)=\"(?!data:|#)").matcher(page).find());
    assertFalse(page.contains("<link"));
    assertFalse(page.contains("@import"));
    assertFalse(page.contains("url("));
  }

  @Test
  void textFromFilesIsEscaped() throws IOException {
    String page = page(fixture());
    assertFalse(page.contains("<script"));
    assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assertTrue(page.contains("List&lt;T&gt; copyOf(Collection&lt;? extends T&gt; c)"));
  }

  @Test
  void whatIsMissingIsListedAndNotMadeUp() throws IOException {
    Path run = fixture();
    for (String name : List.of("forecast.json", "samples.jsonl", "data/ledger.json")) {
      Files.delete(run.resolve(name));
    }
    ReportWriter.Written written = ReportWriter.write(run, run.resolve("report"));
    assertEquals(List.of("forecast.json", "ledger.json", "samples.jsonl"), written.missing());
    String page = Files.readString(written.page());
    assertTrue(page.contains("No forecast was sealed for this run."));
    assertFalse(page.contains(">Samples</h2>"));
    assertFalse(page.contains("1.4201"));
  }

  @Test
  void anUnfinishedRunHasNoOutcome() throws IOException {
    Path run = fixture();
    Files.delete(run.resolve("result.json"));
    assertTrue(page(run).contains("The run has not ended, so there is no outcome yet."));
  }

  @Test
  void aMissIsSaidPlainly() throws IOException {
    Path run = fixture();
    Json.write(run.resolve("result.json"), RunFixture.ordered("heldout_bpb", 1.6));
    assertTrue(page(run).contains("error, OUTSIDE the interval"));
  }

  @Test
  void everyNumberIsLinkedToItsFileAndVerifies() {
    Path run = fixture();
    Path report = run.resolve("report");
    ReportWriter.write(run, report);
    ReportCheck check = ReportCheck.of(report);
    assertEquals(List.of(), check.different());
    assertTrue(check.checked() > 100, "numbers checked: " + check.checked());
  }

  @Test
  void aChangedNumberIsFoundAndNamed() {
    Path run = fixture();
    Path report = run.resolve("report");
    ReportWriter.write(run, report);
    Json.write(run.resolve("result.json"), RunFixture.ordered("heldout_bpb", 1.42));
    List<String> different = ReportCheck.of(report).different();
    assertTrue(different.contains("result.json was changed"), different.toString());
    assertTrue(
        different.contains("outcome: the report says 1.4387, result.json now says 1.42"),
        different.toString());
  }

  @Test
  void aChangedPageAndAMissingFileAreFound() throws IOException {
    Path run = fixture();
    Path report = run.resolve("report");
    ReportWriter.write(run, report);
    Files.writeString(report.resolve("index.html"), "nothing to see");
    Files.delete(run.resolve("config.yaml"));
    List<String> different = ReportCheck.of(report).different();
    assertEquals(List.of("config.yaml is gone", "index.html was changed"), different);
  }

  @Test
  void aLastLineCutShortIsLeftOutAndABrokenOneInTheMiddleIsNamed() throws IOException {
    Path run = fixture();
    Path metrics = run.resolve("metrics.jsonl");
    String text = Files.readString(metrics);
    Files.writeString(metrics, text + "{\"step\":24");
    ReportWriter.write(run, run.resolve("report"));
    Files.writeString(metrics, "{\"step\":1}\n{\"step\"\n" + text);
    ReportException e =
        assertThrows(ReportException.class, () -> ReportWriter.write(run, run.resolve("report")));
    assertTrue(String.valueOf(e.getMessage()).contains("metrics.jsonl line 2 must be"));
  }

  @Test
  void aFolderThatIsNoRunIsRefused() {
    assertThrows(
        ReportException.class,
        () -> ReportWriter.write(folder.resolve("nothing"), folder.resolve("out")));
    assertThrows(ReportException.class, () -> ReportWriter.write(folder, folder.resolve("out")));
  }

  @Test
  void theSameRunGivesTheSameMarkdownTwice() throws IOException {
    Path run = fixture();
    ReportWriter.write(run, folder.resolve("a"));
    ReportWriter.write(run, folder.resolve("b"));
    assertEquals(
        Files.readString(folder.resolve("a/report.md")),
        Files.readString(folder.resolve("b/report.md")));
    assertTrue(Files.readString(folder.resolve("a/report.md")).contains("![Ladder, blended law"));
  }
}
