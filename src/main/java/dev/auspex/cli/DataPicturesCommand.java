package dev.auspex.cli;

import dev.auspex.data.pictures.PictureGenerator;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex data pictures`: pictures with exact truth to learn from and to be examined on.
@Command(
    name = "pictures",
    description = {
      "Draw shapes, counts, charts, words and diagrams with questions and answers;",
      "the held-out questions are about combinations that training never shows."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: auspex data pictures --out pictures --count 30000 --seed 1"})
final class DataPicturesCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--out", required = true, description = "Folder to write; must not exist yet.")
  private Path out = Path.of("");

  @Option(names = "--count", description = "Training pictures (default: 30000).")
  private int count = 30_000;

  @Option(names = "--heldout", description = "Held-out questions (default: 2000).")
  private int heldout = 2000;

  @Option(names = "--seed", description = "Seed of what is drawn (default: 1).")
  private long seed = 1;

  @Override
  public Integer call() {
    PictureGenerator.Written written =
        PictureGenerator.write(out, count, heldout, seed, TerminalProgress.create());
    output
        .human()
        .printf(
            "%,d pictures in %s%nquestions %s%nheld out %s%n",
            count, out, written.questions(), written.heldout());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("pictures", written.pictures());
    document.put("questions", written.questions());
    document.put("heldout", written.heldout());
    document.put("out", out.toString());
    output.print(document);
    return 0;
  }
}
