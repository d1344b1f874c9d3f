package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.eval.Completions;
import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Task;
import dev.auspex.eval.TaskText;
import dev.auspex.eval.Tasks;
import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex data tasks`: text of solved problems to train on, and held-out problems beside it.
@Command(
    name = "tasks",
    description = {
      "Write solved problems to train on, and problems that training never shows beside them:",
      "arithmetic, programs on strings and lists, small Java expressions, which Java computes,",
      "endings of words, and a rule with rare exceptions."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex data tasks --out tasks --count 500000",
      "  auspex scale run --target capability --data tasks/train --dir runs/capable"
    })
final class DataTasksCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets train/tasks.jsonl and heldout/TASK.jsonl.")
  private Path out = Path.of("");

  @Option(
      names = "--task",
      split = ",",
      paramLabel = "NAME",
      description = "Tasks to teach, each equally often (default: all).")
  private List<String> taught = List.of();

  @Option(
      names = "--complete",
      paramLabel = "PATH",
      description = "Text to teach as well; completing lines of its held-out part becomes a task.")
  private @Nullable Path complete;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "Files of --complete to take (default: all).")
  private List<String> include = List.of();

  @Option(names = "--count", description = "Problems to train on (default: 500000).")
  private long count = 500_000;

  @Option(names = "--heldout", description = "Held-out problems of each task (default: 96).")
  private int heldout = 96;

  @Option(names = "--seed", description = "Seed of the problems (default: 1).")
  private long seed = 1;

  private final Progress progress;

  DataTasksCommand(Progress progress) {
    this.progress = progress;
  }

  @Override
  public Integer call() {
    if (count < 1 || heldout < 1) {
      throw new ConfigException(
          "--count (%d) and --heldout (%d) must be at least 1".formatted(count, heldout));
    }
    Tasks known = new Tasks(JavaSandbox.usual());
    List<Task> tasks =
        taught.isEmpty() ? known.all() : taught.stream().distinct().map(known::named).toList();
    TaskText.Written written = TaskText.write(out, tasks, count, heldout, seed, progress);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%,d problems, %,d different, in %,d documents; %,d held-out problems: %s%n",
            written.problems(),
            written.different(),
            written.documents(),
            written.heldout(),
            out);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("documents", written.documents());
    document.put("problems", written.problems());
    document.put("different", written.different());
    document.put("heldout", written.heldout());
    Path text = complete;
    if (text != null) {
      document.put("completion", completions(text));
    }
    output.print(document);
    return 0;
  }

  private Completions.Written completions(Path text) {
    ReadOptions read = ReadOptions.STANDARD.withInclude(include).withStripLicenceHeaders(true);
    Source source = Source.of(List.of(text), List.of()).getFirst();
    Completions.Written written = Completions.write(out, source, read, heldout, seed, progress);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%,d documents of text; %,d lines to complete from %,d held-out documents%n",
            written.documents(),
            written.problems(),
            written.heldoutDocuments());
    return written;
  }
}
