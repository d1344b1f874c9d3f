package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.pictures.NamedPicture;
import dev.auspex.data.pictures.NamedPictureReader;
import dev.auspex.data.pictures.NamingData;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex data naming`: pictures with names as questions, some of them held out.
@Command(
    name = "naming",
    description = {
      "Make questions of pictures with names, to train on and to be examined on (eval naming).",
      "Of a name with several pictures some are held out; a name's only picture is seen in",
      "training in other views (smaller, moved, turned a little, lighter or darker) than when it is",
      "asked for."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex data naming --source birds/ --out birds-naming",
      "  auspex data naming --source emoji.jsonl.gz --images emoji.zip --field names.en --out emoji"
    })
final class DataNamingCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--source",
      required = true,
      paramLabel = "PATH",
      description = {
        "A folder of pictures with captions (cat.png, cat.txt), or JSON lines (also .gz) with",
        "image and the name."
      })
  private Path source = Path.of("");

  @Option(
      names = "--images",
      paramLabel = "DIR|ZIP",
      description = "What the paths in JSON lines are relative to (default: the file's folder).")
  private @Nullable Path images;

  @Option(
      names = "--field",
      description = "Where a line has the name; dots lead into objects (default: caption).")
  private String field = "caption";

  @Option(names = "--out", required = true, description = "Folder to write; must not exist yet.")
  private Path out = Path.of("");

  @Option(names = "--question", description = "What is asked of a picture (default: What is it?).")
  private String question = "What is it?";

  @Option(
      names = "--views",
      description = "Views of a training picture, with itself (default: 24).")
  private int views = 24;

  @Option(
      names = "--heldout",
      description = "Share held out of the pictures of a name with several (default: 0.2).")
  private double heldout = 0.2;

  @Option(names = "--seed", description = "Seed of the views and of the choice (default: 1).")
  private long seed = 1;

  @Override
  public Integer call() {
    NamingData.Options options = new NamingData.Options(question, views, heldout, seed);
    NamingData.Written written = write(options);
    output
        .human()
        .printf(
            "%,d pictures with %,d names in %s: %,d questions to train on, %,d held out%n"
                + "(%,d about pictures that training does not show, %,d about new views of ones it"
                + " does)%n",
            written.pictures(),
            written.names(),
            out,
            written.train(),
            written.heldout(),
            written.byPicture(),
            written.byView());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("pictures", written.pictures());
    document.put("names", written.names());
    document.put("train", written.train());
    document.put("heldout", written.heldout());
    document.put("by_picture", written.byPicture());
    document.put("by_view", written.byView());
    document.put("out", out.toString());
    output.print(document);
    return 0;
  }

  private NamingData.Written write(NamingData.Options options) {
    if (Files.isDirectory(source)) {
      return write(NamedPictureReader.folder(source), options);
    }
    if (!Files.isRegularFile(source)) {
      throw new ConfigException(
          "--source (" + source + ") must be a folder or a JSON lines file; it does not exist");
    }
    if (images == null) {
      return write(lines(source.toAbsolutePath().getParent()), options);
    }
    if (Files.isDirectory(images)) {
      return write(lines(images), options);
    }
    try (FileSystem archive = FileSystems.newFileSystem(images)) {
      return write(lines(archive.getPath("/")), options);
    } catch (ProviderNotFoundException | IOException e) {
      throw new ConfigException(
          "--images (%s) must be a folder or a zip file: %s".formatted(images, e.getMessage()));
    }
  }

  private List<NamedPicture> lines(Path folder) {
    return NamedPictureReader.lines(source, field, folder);
  }

  private NamingData.Written write(List<NamedPicture> pictures, NamingData.Options options) {
    return NamingData.write(out, pictures, options, TerminalProgress.create());
  }
}
