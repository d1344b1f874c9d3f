package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForecastRegisterTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Forecast FORECAST =
      new Forecaster(Assumptions.smallRuns())
          .forecast(Ladders.BPE.subList(0, 5), Ladders.BPE.getLast().point(), 0.9);

  @TempDir Path runs;
  private ForecastRegister register;

  @BeforeEach
  void openRegister() {
    register = new ForecastRegister(runs.resolve("register.jsonl"), at(NOW));
  }

  private static Clock at(Instant time) {
    return Clock.fixed(time, ZoneOffset.UTC);
  }

  private Path run(String name) throws IOException {
    Path run = Files.createDirectories(runs.resolve(name));
    Files.writeString(run.resolve("config.yaml"), "seed: " + name.length() + "\n");
    Files.writeString(run.resolve("ladder.jsonl"), "{}\n");
    return run;
  }

  private SealRequest request(Path run) {
    return new SealRequest(
        run, "heldout_bpb", "target", List.of(run.resolve("ladder.jsonl")), FORECAST, "0.1.0");
  }

  private Path seal(String name) throws IOException {
    Path run = run(name);
    register.seal(request(run));
    return run;
  }

  private static void end(Path run, double loss, String time) throws IOException {
    Files.writeString(
        run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":9,\"time\":\"" + time + "\"}\n");
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":" + loss + "}");
  }

  private List<String> problems() {
    return register.verify().problems().stream()
        .map(p -> "%d %s: %s".formatted(p.line(), p.run(), p.what()))
        .toList();
  }

  private void assertProblem(String part) {
    assertTrue(problems().stream().anyMatch(p -> p.contains(part)), problems().toString());
  }

  private List<String> lines() throws IOException {
    return new ArrayList<>(Files.readAllLines(register.file()));
  }

  @Test
  void sealsAreChainedAndVerify() throws IOException {
    seal("one");
    Path two = seal("two");
    List<Sealed> entries = register.entries();
    assertEquals("0".repeat(64), entries.getFirst().previous());
    assertEquals(entries.getFirst().seal(), entries.getLast().previous());
    assertEquals(entries.getLast(), register.sealedFor(two).orElseThrow());
    assertEquals(NOW, entries.getLast().time());
    assertEquals("two", entries.getLast().run());
    assertEquals(List.of(), problems());
  }

  @Test
  void partsOfARunAreSealedBesideItsMainForecastAndScoredAlone() throws IOException {
    Path run = seal("one");
    SealRequest main = request(run);
    for (String part : List.of("capability/bucket-1", "capability/bucket-2")) {
      register.seal(
          new SealRequest(
              run, part, "cost", part, main.inputs(), main.forecast(), main.codeVersion()));
    }
    assertEquals(3, register.entries().size());
    assertEquals(List.of(), problems());
    end(run, 1.0, "2026-03-01T11:00:00Z");
    Path part = run.resolve("capability/bucket-2");
    Files.writeString(part.resolve("result.json"), "{\"cost\":2.0}");
    assertEquals(2.0, register.score(run, "capability/bucket-2").actual());
    assertTrue(register.score(run, "capability/bucket-2").sealValid());
    assertEquals(1.0, register.score(run).actual());
    assertThrows(RegisterException.class, () -> register.score(run, "capability/bucket-1"));
    // A part cannot be forecast once the run has begun.
    SealRequest late =
        new SealRequest(
            run, "late", "cost", "late", main.inputs(), main.forecast(), main.codeVersion());
    assertThrows(RegisterException.class, () -> register.seal(late));
    Files.writeString(part.resolve("forecast.json"), "{}");
    assertProblem("differs from the register");
  }

  @Test
  void aRunInsideItsIntervalScoresSo() throws IOException {
    Path run = seal("one");
    end(run, 1.32, "2026-03-01T10:00:01Z");
    Score score = register.score(run);
    assertEquals(FORECAST.predicted(), score.predicted());
    assertEquals(1.32, score.actual());
    assertEquals(FORECAST.predicted() / 1.32 - 1, score.relativeError(), 1e-12);
    assertTrue(score.inside());
    assertTrue(score.sealValid());
    assertTrue(Files.isRegularFile(run.resolve("score.json")));
  }

  @Test
  void aLadderChangedAfterwardsIsFoundAndOneGoneIsNot() throws IOException {
    Path run = seal("one");
    end(run, 1.32, "2026-03-01T10:00:01Z");
    Path ladder = run.resolve("ladder.jsonl");
    Files.writeString(ladder, "{\"loss\":1.3}\n");
    assertProblem("one/ladder.jsonl is not the file it was forecast from");
    assertFalse(register.score(run).sealValid());
    Files.delete(ladder);
    assertEquals(List.of(), problems());
  }

  @Test
  void aMissIsAMiss() throws IOException {
    Path run = seal("one");
    end(run, 2.0, "2026-03-01T10:00:01Z");
    assertFalse(register.score(run).inside());
  }

  @Test
  void aRunThatHasBegunCannotBeForecast() throws IOException {
    for (String trace : List.of("metrics.jsonl", "result.json")) {
      Path run = run("begun-" + trace);
      Files.writeString(run.resolve(trace), "{\"step\":0}\n");
      assertThrows(RegisterException.class, () -> register.seal(request(run)), trace);
    }
    Path run = run("begun");
    Files.createDirectories(run.resolve("checkpoints/step-0"));
    RegisterException e = assertThrows(RegisterException.class, () -> register.seal(request(run)));
    assertTrue(String.valueOf(e.getMessage()).contains("must not have begun"));
    assertEquals(List.of(), register.entries());
  }

  @Test
  void aRunIsForecastOnceAndOnlyWithItsConfiguration() throws IOException {
    Path run = seal("one");
    assertThrows(RegisterException.class, () -> register.seal(request(run)));
    Path bare = run("bare");
    Files.delete(bare.resolve("config.yaml"));
    assertThrows(RegisterException.class, () -> register.seal(request(bare)));
    assertEquals(1, register.entries().size());
  }

  @Test
  void sealingInterruptedBeforeTheCopyIsTakenUpAgain() throws IOException {
    Path run = seal("one");
    Sealed first = register.entries().getFirst();
    Files.delete(run.resolve("forecast.json"));
    assertEquals(first, register.seal(request(run)));
    assertEquals(1, register.entries().size());
    assertEquals(List.of(), problems());
  }

  @Test
  void aChangedNumberBreaksTheSeal() throws IOException {
    Path run = seal("one");
    String text = Files.readString(register.file());
    String predicted = "\"predicted\":" + FORECAST.predicted();
    assertTrue(text.contains(predicted));
    Files.writeString(
        register.file(), text.replaceFirst("\"predicted\":[0-9.]+", "\"predicted\":1.32"));
    assertProblem("1 one: its content does not match its seal");
    assertProblem("forecast.json in the run folder differs");
    end(run, 1.32, "2026-03-01T10:00:01Z");
    assertFalse(register.score(run).sealValid());
  }

  @Test
  void aRemovedEntryBreaksTheChain() throws IOException {
    seal("one");
    seal("two");
    seal("three");
    List<String> lines = lines();
    lines.remove(1);
    Files.write(register.file(), lines);
    assertProblem("2 three: does not follow the entry before it");
    assertProblem("0 two: its forecast is not in the register");
  }

  @Test
  void entriesCutOffTheEndAreMissed() throws IOException {
    seal("one");
    Path two = seal("two");
    Files.write(register.file(), lines().subList(0, 1));
    assertProblem("0 two: its forecast is not in the register");
    end(two, 1.32, "2026-03-01T10:00:01Z");
    assertFalse(register.score(two).sealValid());
  }

  @Test
  void reorderedEntriesBreakTheChain() throws IOException {
    seal("one");
    seal("two");
    Files.write(register.file(), lines().reversed());
    assertProblem("1 two: does not follow the entry before it");
  }

  @Test
  void aLineThatIsNoJsonIsNamed() throws IOException {
    seal("one");
    Files.writeString(register.file(), Files.readString(register.file()) + "{\"seal\":\n");
    assertProblem("line 2 of");
    RegisterException e =
        assertThrows(RegisterException.class, () -> register.seal(request(run("two"))));
    assertTrue(String.valueOf(e.getMessage()).contains("line 2 of"));
  }

  @Test
  void aForecastMadeAfterTheFirstStepIsFound() throws IOException {
    Path run = seal("one");
    end(run, 1.32, "2026-03-01T09:59:59Z");
    assertProblem("1 one: it was sealed at 2026-03-01T10:00:00Z, after the run began");
    assertFalse(register.score(run).sealValid());
  }

  @Test
  void anotherConfigurationThanTheOneForecastIsFound() throws IOException {
    Path run = seal("one");
    Files.writeString(run.resolve("config.yaml"), "seed: 8\n");
    assertProblem("1 one: config.yaml is not the one that was forecast");
  }

  @Test
  void anEditedCopyInTheRunFolderIsFound() throws IOException {
    Path run = seal("one");
    Path copy = run.resolve("forecast.json");
    Files.writeString(copy, Files.readString(copy).replace("heldout_bpb", "heldout_loss"));
    assertProblem("1 one: forecast.json in the run folder differs from the register");
  }

  @Test
  void aRunWithoutForecastOrOutcomeCannotBeScored() throws IOException {
    Path run = run("none");
    assertThrows(RegisterException.class, () -> register.score(run));
    Path open = seal("open");
    assertThrows(RegisterException.class, () -> register.score(open));
    Files.writeString(open.resolve("result.json"), "{\"other\":1}");
    assertThrows(RegisterException.class, () -> register.score(open));
  }

  @Test
  void theLedgerCountsHitsAndMisses() throws IOException {
    end(seal("one"), 1.32, "2026-03-01T10:00:01Z");
    end(seal("two"), 2.0, "2026-03-01T10:00:01Z");
    seal("three");
    Ledger ledger = register.ledger();
    assertEquals(3, ledger.forecasts().size());
    assertEquals(2, ledger.scored());
    assertEquals(1, ledger.inside());
    assertEquals(0.5, ledger.coverage());
    assertEquals(0.9, ledger.expectedCoverage(), 1e-12);
    assertEquals(0, ledger.invalid());
    assertEquals(
        List.of(0.5, 0.8, 0.9, 0.95),
        ledger.calibration().stream().map(Ledger.Calibration::nominal).toList());
    Ledger.Calibration stated = ledger.calibration().get(2);
    assertEquals(ledger.coverage(), stated.observed());
  }

  @Test
  void tenWritersAtOnceLoseNoEntry() throws Exception {
    List<Path> folders = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      folders.add(run("run-" + i));
    }
    List<Thread> threads = new ArrayList<>();
    for (Path folder : folders) {
      threads.add(Thread.ofPlatform().start(() -> register.seal(request(folder))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(10, register.entries().size());
    assertEquals(List.of(), problems());
  }
}
