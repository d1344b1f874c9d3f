package dev.auspex.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class DashboardTest {
  @TempDir Path folder;
  private Path parent;
  private WebServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void serve() throws IOException {
    parent = folder.resolve("runs");
    Files.createDirectories(parent);
    server = Dashboard.of(parent.resolve("target")).serve("127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(server.uri().resolve(path)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws IOException, InterruptedException {
    return Json.MAPPER.readTree(get(path).body());
  }

  private JsonNode run(String name) throws IOException, InterruptedException {
    return StreamSupport.stream(json("/api/runs").path("runs").spliterator(), false)
        .filter(run -> run.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Path make(String name, String... files) throws IOException {
    Path run = parent.resolve(name);
    Files.createDirectories(run);
    Files.writeString(run.resolve("config.yaml"), "of: another version\n");
    for (int i = 0; i < files.length; i += 2) {
      Files.writeString(run.resolve(files[i]), files[i + 1].replace('\'', '"'));
    }
    return run;
  }

  @Test
  void thePageWorksBeforeThereIsAnyRun() throws Exception {
    assertTrue(get("/").body().contains("<title>Auspex</title>"));
    assertEquals("target", json("/api/runs").path("current").asString());
    assertEquals(0, json("/api/runs").path("runs").size());
    assertEquals("", get("/metrics").body());
  }

  @Test
  void everythingThePageAsksForIsOnThisServer() throws Exception {
    String page = get("/").body() + get("/dashboard.css").body() + get("/dashboard.js").body();
    assertFalse(page.replace("xmlns='http://www.w3.org/2000/svg'", "").contains("http"));
    for (String path : List.of("/dashboard.css", "/dashboard.js", "/chart.js")) {
      assertTrue(page.contains("\"" + path + "\""), path);
      assertEquals(200, get(path).statusCode());
    }
    assertTrue(get("/").headers().firstValue("Content-Security-Policy").isPresent());
  }

  @Test
  void runsAndTheirLaddersAreFoundAndOtherFoldersAreNot() throws Exception {
    make("target");
    make("target/ladder/small");
    make("other");
    Files.createDirectories(parent.resolve("no-run"));
    List<String> names =
        StreamSupport.stream(json("/api/runs").path("runs").spliterator(), false)
            .map(run -> run.path("name").asString())
            .toList();
    assertEquals(List.of("other", "target", "target/ladder/small"), names);
  }

  @Test
  void theForecastIsToldBeforeTheFirstStep() throws Exception {
    make(
        "target",
        "forecast.json",
        "{'metric':'heldout_bpb','predicted':1.4,'low':1.3,'high':1.5,'level':0.9,"
            + "'time':'2026-01-02T03:04:05Z','seal':'abc','compute_ratio':12.5,'laws':[]}");
    JsonNode run = run("target");
    assertEquals("waiting", run.path("state").asString());
    assertEquals(1.3, run.at("/forecast/low").asDouble());
    assertEquals(12.5, run.at("/forecast/compute_ratio").asDouble());
    assertFalse(run.path("forecast").has("laws"));
    assertTrue(get("/metrics").body().contains("auspex_train_forecast_high{run=\"target\"} 1.5\n"));
  }

  @Test
  void aRunIsTrainingThenQuietThenFinished() throws Exception {
    Path run = make("target", "metrics.jsonl", "{'step':1,'loss':2}\n");
    assertEquals("training", run("target").path("state").asString());
    Instant old = Instant.now().minus(Duration.ofHours(1));
    Files.setLastModifiedTime(run.resolve("metrics.jsonl"), FileTime.from(old));
    assertEquals("quiet", run("target").path("state").asString());
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":1.45}");
    assertEquals("finished", run("target").path("state").asString());
    assertEquals(1.45, run("target").at("/result/heldout_bpb").asDouble());
  }

  @Test
  void aBrokenFileOfOneRunHidesNothingElse() throws Exception {
    make("broken", "forecast.json", "{", "result.json", "nonsense", "metrics.jsonl", "\n");
    make("target", "metrics.jsonl", "{'step':1,'loss':2}\n");
    assertFalse(run("broken").has("forecast"));
    assertEquals(2, run("target").at("/last_step/loss").asInt());
  }

  @Test
  void prometheusGetsTheCurrentRunOnly() throws Exception {
    make("other", "metrics.jsonl", "{'step':9,'loss':2}\n");
    make("target", "metrics.jsonl", "{'step':1,'loss':2}\n");
    HttpResponse<String> reply = get("/metrics");
    assertTrue(reply.body().contains("auspex_train_steps_total{run=\"target\"} 1\n"));
    assertFalse(reply.body().contains("other"));
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        reply.headers().firstValue("Content-Type").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../secret", "target/../../secret", "/", "no-run", ""})
  void onlyRunsOfTheFolderAreRead(String name) throws Exception {
    Files.createDirectories(folder.resolve("secret"));
    Files.writeString(folder.resolve("secret/config.yaml"), "");
    make("target", "metrics.jsonl", "{'step':1,'loss':2}\n");
    String encoded = java.net.URLEncoder.encode(name, StandardCharsets.UTF_8);
    assertEquals(404, get("/api/curves?run=" + encoded).statusCode());
    assertEquals(200, get("/api/curves?run=target").statusCode());
  }

  @Test
  void badRequestsAreToldInOneLine() throws Exception {
    make("target");
    HttpResponse<String> reply = get("/api/curves?run=target&from=many");
    assertEquals(400, reply.statusCode());
    assertEquals("from (many) must be a whole number\n", reply.body());
    assertEquals(404, get("/elsewhere").statusCode());
    HttpRequest post =
        HttpRequest.newBuilder(server.uri()).POST(HttpRequest.BodyPublishers.ofString("x")).build();
    assertEquals(405, client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode());
  }

  /// A site whose name was rebound to 127.0.0.1 must not read the page.
  @Test
  void atALoopbackAddressOtherNamesAreRefused() throws Exception {
    assertTrue(statusLine("localhost:1").endsWith(" 200 OK"));
    assertTrue(statusLine("127.0.0.1").endsWith(" 200 OK"));
    assertTrue(statusLine("[::1]:80").endsWith(" 200 OK"));
    assertTrue(statusLine("evil.example").endsWith(" 403 Forbidden"));
    assertTrue(statusLine("127.0.0.1.evil.example").endsWith(" 403 Forbidden"));
  }

  private String statusLine(String host) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.uri().getPort())) {
      String request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] reply = socket.getInputStream().readAllBytes();
      return new String(reply, StandardCharsets.US_ASCII).lines().findFirst().orElseThrow();
    }
  }

  @Test
  void aTakenPortAndAForeignHostAreMistakesOfTheUser() {
    URI taken = server.uri();
    Dashboard page = Dashboard.ofAll(parent);
    ServeException port =
        assertThrows(ServeException.class, () -> page.serve("127.0.0.1", taken.getPort()));
    assertTrue(port.getMessage().contains("must be free"), port.getMessage());
    ServeException host = assertThrows(ServeException.class, () -> page.serve("192.0.2.1", 0));
    assertTrue(host.getMessage().contains("192.0.2.1"), host.getMessage());
  }
}
