package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.serve.Dashboard;
import dev.auspex.serve.WebServer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// The options of every command that trains, for watching it while it does; a picocli mixin.
final class WatchOptions {
  private static final String PORT = "7070";

  @Option(
      names = "--dashboard",
      arity = "0..1",
      fallbackValue = PORT,
      paramLabel = "PORT",
      preprocessor = OnlyAttached.class,
      description = "Serve a live page on this port (default: " + PORT + "; 0: any free one).")
  private @Nullable Integer dashboard;

  @Option(
      names = "--prometheus",
      paramLabel = "PORT",
      description = "Serve only /metrics for Prometheus; the live page's port has it as well.")
  private @Nullable Integer prometheus;

  @Option(
      names = "--dashboard-host",
      paramLabel = "HOST",
      description = "Address of both (default: 127.0.0.1); there is no password, so beware.")
  private String host = "127.0.0.1";

  /// What is open while the command works.
  static final class Watching implements AutoCloseable {
    private final List<WebServer> servers = new ArrayList<>();

    @Override
    public void close() {
      servers.forEach(WebServer::close);
    }
  }

  /// Opens what was asked for and says where.
  ///
  /// @param run folder of the run
  Watching open(Path run, PrintStream human) {
    requirePort("--dashboard", dashboard);
    requirePort("--prometheus", prometheus);
    Watching watching = new Watching();
    try {
      Dashboard page = Dashboard.of(run);
      if (dashboard != null) {
        WebServer server = page.serve(host, dashboard);
        watching.servers.add(server);
        human.println("watch it at " + server.uri());
      }
      boolean shared = prometheus != null && prometheus != 0 && prometheus.equals(dashboard);
      if (prometheus != null && !shared) {
        WebServer server = page.serveMetrics(host, prometheus);
        watching.servers.add(server);
        human.println("Prometheus: " + server.uri() + "metrics");
      }
      return watching;
    } catch (RuntimeException e) {
      watching.close();
      throw e;
    }
  }

  static void requirePort(String option, @Nullable Integer port) {
    if (port != null && (port < 0 || port > 65535)) {
      throw new ConfigException(option + " (" + port + ") must lie in [0, 65535]; 0 is any free");
    }
  }

  /// Takes a value only after `=`: in `--dashboard steps=100` the port is not `steps=100`.
  static final class OnlyAttached implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      if ("=".equals(info.get("separator"))) {
        return false;
      }
      option.setValue(Integer.valueOf(PORT));
      return true;
    }
  }
}
