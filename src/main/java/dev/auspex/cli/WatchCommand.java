package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.serve.Dashboard;
import dev.auspex.serve.WebServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex watch`: the live page over a folder of runs, finished or not, until interrupted.
@Command(
    name = "watch",
    description = {
      "Show the runs of a folder on a live page, finished or being trained.",
      "It only reads, and may look on while other processes train. Ctrl-C ends it."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Examples:", "  auspex watch", "  auspex watch my-runs --port 8000"})
final class WatchCommand implements Callable<Integer> {
  private static final int LOOK_EVERY_MILLIS = 200;

  @Mixin private JsonOption output = new JsonOption();

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "Folder of runs (default: runs).")
  private Path dir = RunFolder.DEFAULT_PARENT;

  @Option(names = "--port", description = "Port of the page (default: 7070; 0: any free one).")
  private int port = 7070;

  @Option(names = "--host", description = "Address to bind (default: 127.0.0.1); no password.")
  private String host = "127.0.0.1";

  private final Interruption interruption;

  WatchCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws InterruptedException {
    WatchOptions.requirePort("--port", port);
    if (!Files.isDirectory(dir)) {
      throw new ConfigException("DIR (" + dir + ") must be a folder of runs; name one that exists");
    }
    try (WebServer server = Dashboard.ofAll(dir).serve(host, port)) {
      output.human().println("watch at " + server.uri());
      output.print(Map.of("url", server.uri().toString()));
      while (!interruption.requested()) {
        Thread.sleep(LOOK_EVERY_MILLIS);
      }
    }
    return ExitCodes.INTERRUPTED;
  }
}
