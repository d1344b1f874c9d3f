package dev.auspex.serve;

import dev.auspex.io.Json;
import dev.auspex.serve.WebServer.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The live page: curves of runs side by side, and each sealed forecast drawn before its curve
/// reaches it. The page asks again every second or two and needs no network beyond this server.
public final class Dashboard {
  private final Runs runs;
  private final Optional<String> current;

  private Dashboard(Runs runs, Optional<String> current) {
    this.runs = runs;
    this.current = current;
  }

  /// The page of a run that is being trained, with the other runs of its folder beside it.
  public static Dashboard of(Path run) {
    Path parent = Objects.requireNonNull(run.toAbsolutePath().normalize().getParent());
    Runs runs = new Runs(parent);
    return new Dashboard(runs, runs.nameOf(run));
  }

  /// The page of all runs in a folder.
  public static Dashboard ofAll(Path parent) {
    return new Dashboard(new Runs(parent), Optional.empty());
  }

  /// Serves the page at `/`, its data under `/api/`, and `/metrics` for Prometheus.
  public WebServer serve(String host, int port) {
    Map<String, Function<Map<String, String>, Reply>> pages = new LinkedHashMap<>();
    pages.put("/", _ -> resource("dashboard.html", "text/html; charset=utf-8"));
    pages.put("/dashboard.css", _ -> resource("dashboard.css", "text/css; charset=utf-8"));
    pages.put("/dashboard.js", _ -> resource("dashboard.js", "text/javascript; charset=utf-8"));
    pages.put("/chart.js", _ -> resource("chart.js", "text/javascript; charset=utf-8"));
    pages.put("/api/runs", _ -> json(runs()));
    pages.put("/api/curves", query -> curves(query));
    pages.put("/metrics", _ -> metrics());
    return WebServer.start(host, port, pages);
  }

  /// Serves `/metrics` alone.
  public WebServer serveMetrics(String host, int port) {
    return WebServer.start(host, port, Map.of("/metrics", _ -> metrics()));
  }

  private ObjectNode runs() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    current.ifPresent(name -> json.put("current", name));
    ArrayNode list = json.putArray("runs");
    runs.all().forEach(run -> list.add(run.summary()));
    return json;
  }

  private Reply curves(Map<String, String> query) {
    String name = query.getOrDefault("run", "");
    return runs.named(name)
        .map(run -> run.curves().toJson(number(query, "generation"), number(query, "from")))
        .map(Dashboard::json)
        .orElseGet(() -> Reply.error(404, "run (" + name + ") must be one of /api/runs"));
  }

  private static int number(Map<String, String> query, String key) {
    String text = query.getOrDefault(key, "-1");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      throw new ServeException(key + " (" + text + ") must be a whole number");
    }
  }

  /// The run being trained, or all of them.
  private Reply metrics() {
    List<ObjectNode> summaries =
        runs.all().stream()
            .filter(run -> current.isEmpty() || current.get().equals(run.name()))
            .map(Run::summary)
            .toList();
    return Reply.of(PrometheusText.TYPE, RunMetrics.text(summaries));
  }

  private static Reply json(ObjectNode node) {
    return Reply.of("application/json", Json.line(node));
  }

  private static Reply resource(String name, String type) {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      return new Reply(200, type, Objects.requireNonNull(in, name).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
