package dev.auspex.report;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.report.ChartDrawing.Theme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the report of a run folder: a page, a Markdown file, pictures and the evidence.
public final class ReportWriter {
  static final String PAGE = "index.html";
  static final String MARKDOWN = "report.md";
  static final String EVIDENCE = "evidence.json";

  private ReportWriter() {}

  /// What was written.
  ///
  /// @param page the page to open
  /// @param files all files
  /// @param missing evidence the run folder does not hold
  public record Written(Path page, List<Path> files, List<String> missing) {
    public Written {
      files = List.copyOf(files);
      missing = List.copyOf(missing);
    }
  }

  /// Writes the report of `runDir` into `outDir`.
  public static Written write(Path runDir, Path outDir) {
    if (!Files.isDirectory(runDir)) {
      throw new ReportException(
          "run (%s) must be a run folder, such as runs/quickstart".formatted(runDir));
    }
    Evidence evidence = new Evidence(runDir);
    ForecastSections forecast = new ForecastSections(evidence);
    List<Section> sections = new ArrayList<>(forecast.sections());
    sections.addAll(new RunSections(evidence, forecast.result()).sections());
    if (evidence.hashes().isEmpty()) {
      throw new ReportException(
          "run (%s) must hold the files of a run, and holds none of them".formatted(runDir));
    }
    String title = String.valueOf(runDir.toAbsolutePath().normalize().getFileName());
    String kind = "Technical report of a training run, made from its files";
    List<Path> files = new ArrayList<>();
    files.add(text(outDir.resolve(PAGE), HtmlPage.of(title, kind, sections)));
    files.add(text(outDir.resolve(MARKDOWN), MarkdownPage.of(title, kind, sections)));
    for (Section section : sections) {
      for (Block block : section.blocks()) {
        if (block instanceof Block.Picture(String name, _, Chart chart)) {
          files.add(text(outDir.resolve(name + ".svg"), ChartDrawing.svg(chart, Theme.LIGHT)));
        }
      }
    }
    files.add(evidence(runDir, outDir, evidence, files));
    return new Written(outDir.resolve(PAGE), files, evidence.missing());
  }

  private static Path text(Path file, String text) {
    AtomicFiles.writeString(file, text);
    return file;
  }

  private static Path evidence(Path runDir, Path outDir, Evidence evidence, List<Path> pages) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("run", relative(outDir, runDir));
    document.put("files", evidence.hashes());
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Path page : pages) {
      hashes.put(String.valueOf(page.getFileName()), Hashes.sha256(page));
    }
    document.put("pages", hashes);
    document.put("missing", evidence.missing());
    document.put("claims", evidence.claims());
    Path file = outDir.resolve(EVIDENCE);
    Json.write(file, document);
    return file;
  }

  private static String relative(Path from, Path to) {
    Path base = from.toAbsolutePath().normalize();
    Path target = to.toAbsolutePath().normalize();
    String path = base.relativize(target).toString().replace('\\', '/');
    return path.isEmpty() ? "." : path;
  }
}
