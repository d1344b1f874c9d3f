package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.MetricsLog;
import dev.auspex.run.RunException;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Trunk;
import dev.auspex.train.TrainResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Ladders whose runs are finished from trunks, on the text of this very source tree.
class TrunkRunTest {
  private static final List<String> SMALL =
      List.of(
          "base.model.vocab_size=300",
          "base.model.context_length=32",
          "base.batch_size=8",
          "base.micro_batch_size=8",
          "base.text.max_bytes=100000",
          "base.eval.final_windows=16",
          "base.eval.every_steps=0",
          "base.threads=1",
          "dims=[16,24]",
          "target_dim=40",
          "repeats=1",
          "tokens_per_parameter=0.3",
          "recipe.batch_exponent=0",
          "assume=general",
          "horizons.multiples=[2,0.5,1]",
          "horizons.trunk=1");

  @TempDir private Path folder;

  private static LadderConfig plan() {
    return ScaleRun.plan("quickstart", SMALL).withData("src/main");
  }

  private Path dataset() {
    return TextData.datasetFor(plan().base(), new RunFolder(folder), Progress.NONE);
  }

  /// One attempt, stopped by the user once `percent` of the ladder are done.
  private Optional<List<Observation>> run(Path root, LadderConfig plan, Path data, long percent) {
    Interruption interruption = new Interruption();
    Progress impatient =
        new Progress() {
          @Override
          public void start(String name, long total, String unit) {}

          @Override
          public void update(long done, String note) {
            if (done >= percent) {
              interruption.request();
            }
          }

          @Override
          public void finish() {}

          @Override
          public void warn(String line) {}
        };
    LadderConfig here = plan.withData(data.toString());
    return new LadderRunner(root, interruption, impatient).run(here.rungs(1), here.trunks(1), data);
  }

  private static String weights(Path root, Rung rung) {
    return Hashes.sha256(
        new RunFolder(root.resolve("ladder").resolve(rung.name()))
            .model()
            .resolve("model.safetensors"));
  }

  @Test
  void branchesEndInTheBitsOfSingleRunsHoweverOftenTheLadderStopped() throws IOException {
    Path data = dataset();
    Path straight = folder.resolve("straight");
    Path stopped = folder.resolve("stopped");
    List<Observation> ladder = run(straight, plan(), data, 101).orElseThrow();
    assertEquals(6, ladder.size());
    for (int percent : new int[] {20, 45, 75}) {
      assertTrue(run(stopped, plan(), data, percent).isEmpty(), percent + "%");
      Files.createDirectories(
          stopped.resolve(
              "ladder/dim-16-trunk-1-seed-1/.dim-16-x2-of-1-seed-1.partial/checkpoints"));
    }
    assertEquals(ladder, run(stopped, plan(), data, 101).orElseThrow());
    assertEquals(
        Files.readString(straight.resolve("ladder.jsonl")),
        Files.readString(stopped.resolve("ladder.jsonl")));

    Trunk trunk = plan().withData(data.toString()).trunks(1).getFirst();
    for (Trunk.Branch branch : trunk.branches()) {
      Rung rung = branch.rung();
      RunFolder single = new RunFolder(folder.resolve("single/ladder").resolve(rung.name()));
      TrainingRun run = new TrainingRun(single, new Interruption(), Progress.NONE);
      run.prepare(rung.config(), data);
      TrainResult result = run.run().orElseThrow();
      Observation found =
          ladder.stream().filter(o -> o.name().equals(rung.name())).findFirst().orElseThrow();
      assertEquals(result.heldoutBpb(), found.loss());
      assertEquals(result.flops(), found.flops(), "as of the single run, not of all");
      assertEquals(result.tokens(), found.tokens());
      assertEquals(weights(folder.resolve("single"), rung), weights(straight, rung));
      assertEquals(weights(straight, rung), weights(stopped, rung));
    }
  }

  @Test
  void aBranchHoldsTheWholeRunsMetricsAndAMissingOneIsToldOf() {
    LadderConfig plan = plan();
    Path data = dataset();
    Trunk trunk = plan.withData(data.toString()).trunks(1).getFirst();
    Path ladder = folder.resolve("ladder");
    List<String> ready = new ArrayList<>();
    TrunkRun run = new TrunkRun(ladder, trunk, new Interruption());
    run.grow(data, Progress.NONE, branch -> ready.add(branch.rung().name()));
    assertEquals(trunk.branches().stream().map(branch -> branch.rung().name()).toList(), ready);
    for (Trunk.Branch branch : trunk.branches()) {
      RunFolder folder = new RunFolder(ladder.resolve(branch.rung().name()));
      List<JsonNode> lines = MetricsLog.read(folder.metrics());
      assertEquals(branch.start(), lines.size());
      assertEquals(1, lines.getLast().path("learning_rate_factor").asDouble(), "constant rate");
      assertTrue(Files.isRegularFile(folder.manifest()));
    }
    AtomicFiles.deleteTree(ladder.resolve(ready.getFirst()));
    String told =
        String.valueOf(
            assertThrows(RunException.class, () -> run.grow(data, Progress.NONE, _ -> {}))
                .getMessage());
    assertTrue(told.contains(trunk.name() + " (step "), told);
    AtomicFiles.deleteTree(ladder.resolve(trunk.name()));
    run.grow(data, Progress.NONE, _ -> {});
    assertTrue(RunFolder.isRun(ladder.resolve(ready.getFirst())));
  }

  @Test
  void scaleRunSealsAForecastFromSeveralLengthsAWidth() throws IOException {
    Path dir = folder.resolve("run");
    List<Object> words =
        new ArrayList<>(
            List.of("scale", "run", "--target", "quickstart", "--ratio", "1", "--json"));
    words.addAll(List.of("--data", dataset(), "--dir", dir));
    words.addAll(SMALL);
    CliRun first = CliRun.of(words.toArray()).ending(0);
    JsonNode ladder = first.json().path("ladder");
    assertEquals(6, ladder.size());
    String seal = first.json().path("seal").asString();
    assertTrue(first.err().contains(" " + seal + ": heldout_bpb "), first.err());
    double parameters = ladder.get(0).path("parameters").asDouble();
    long sameSize =
        ladder.valueStream().filter(run -> run.path("parameters").asDouble() == parameters).count();
    assertEquals(3, sameSize, "three lengths of each size");
    JsonNode laws = dev.auspex.io.Json.readTree(dir.resolve("forecast.json")).path("laws");
    assertTrue(
        laws.valueStream().anyMatch(law -> law.path("form").asString().equals("chinchilla")),
        laws.toString());

    Files.delete(dir.resolve("ladder.jsonl"));
    words.set(words.indexOf("horizons.trunk=1"), "horizons.trunk=2");
    words.set(words.indexOf("dims=[16,24]"), "dims=[16]");
    words.add("base.optimizer.learning_rate=0.01");
    Files.move(
        dir.resolve("ladder/dim-16-x1-of-1-seed-1"), dir.resolve("ladder/dim-16-x1-of-2-seed-1"));
    String told = CliRun.of(words.toArray()).mistake();
    assertTrue(told.contains("dim-16-x1-of-2-seed-1 has others"), told);
    assertFalse(Files.exists(dir.resolve("ladder/dim-16-trunk-2-seed-1")));
  }
}
