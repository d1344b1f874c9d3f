package dev.auspex.cli;

import dev.auspex.data.pictures.PictureGenerator;
import dev.auspex.data.pictures.PictureMix;
import dev.auspex.data.pictures.PicturePlan;
import dev.auspex.data.pictures.Script;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex data pictures`: pictures with exact truth to learn from and to be examined on.
@Command(
    name = "pictures",
    description = {
      "Draw shapes, counts, charts, words, diagrams and flags with questions and answers;",
      "the held-out questions are about combinations that training never shows."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex data pictures --out pictures --count 30000 --seed 1",
      "  auspex data pictures --out signs --mix flags=1,words=2 --scripts latin,greek,cyrillic"
    })
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

  @Option(
      names = "--mix",
      split = ",",
      paramLabel = "KIND=SHARE",
      defaultValue = "scenes=8,counts=5,charts=3,words=3,diagrams=1,flags=0",
      description = "Shares of the kinds (default: ${DEFAULT-VALUE}); one not named has none.")
  private List<String> mix = List.of();

  @Option(
      names = "--scripts",
      split = ",",
      paramLabel = "SCRIPT",
      defaultValue = "latin",
      description = {
        "Scripts of words, each word in one of them (default: ${DEFAULT-VALUE}): latin, greek,",
        "cyrillic, digits, hebrew, armenian, georgian, hiragana, katakana."
      })
  private List<String> scripts = List.of();

  @Override
  public Integer call() {
    PicturePlan plan =
        new PicturePlan(count, heldout, seed, PictureMix.of(mix), Script.of(scripts));
    PictureGenerator.Written written = PictureGenerator.write(out, plan, TerminalProgress.create());
    output
        .human()
        .printf(
            "%,d pictures in %s%nquestions %s%nheld out %s%n",
            count, out, written.questions(), written.heldout());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("pictures", written.pictures());
    document.put("questions", written.questions());
    document.put("heldout", written.heldout());
    document.put("mix", written.mix());
    document.put("scripts", written.scripts());
    document.put("out", out.toString());
    output.print(document);
    return 0;
  }
}
