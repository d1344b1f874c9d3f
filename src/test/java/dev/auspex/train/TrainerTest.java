package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.CheckpointException;
import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.data.ByteEncoder;
import dev.auspex.data.Corpus;
import dev.auspex.data.DatasetBuilder;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.data.SplitOptions;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Progress;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.optim.LrSchedule;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final OptimizerConfig MUON =
      new OptimizerConfig.Muon(0.02, 0.95, 0.1, 0.01, 0.9, 0.95, 1e-8);
  private static final OptimizerConfig ADAMW =
      new OptimizerConfig.Adamw(0.01, 0.9, 0.95, 1e-8, 0.1);

  @TempDir private Path folder;
  private Path dataset;

  @BeforeEach
  void buildDataset() throws IOException {
    dataset = dataset(folder);
  }

  /// Bytes of a sentence said 200 times.
  static Path dataset(Path folder) throws IOException {
    Torch.threads(1);
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "the quick brown fox jumps over the lazy dog\n".repeat(200));
    Path dataset = folder.resolve("data");
    Corpus corpus =
        Corpus.scan(
            Source.of(List.of(text), List.of()),
            ReadOptions.STANDARD,
            new SplitOptions(0.1, SplitOptions.HeldoutBy.TAIL, Long.MAX_VALUE),
            Progress.NONE);
    DatasetBuilder.build(corpus, new ByteEncoder(), 1, dataset, Progress.NONE);
    return dataset;
  }

  /// A run in four lanes whose workers compare their parameters.
  static TrainConfig parallel(Path dataset, long steps, long verifyEverySteps) {
    ParallelConfig parallel = new ParallelConfig("ordered", 60, verifyEverySteps);
    return config(dataset, MUON, steps, 2, new CheckpointConfig(1e9, 2), parallel);
  }

  private TrainConfig config(OptimizerConfig optimizer, long steps) {
    return config(
        dataset, optimizer, steps, 4, new CheckpointConfig(1e9, 2), ParallelConfig.standard());
  }

  private static TrainConfig config(
      Path dataset,
      OptimizerConfig optimizer,
      long steps,
      int microBatchSize,
      CheckpointConfig checkpoint,
      ParallelConfig parallel) {
    GptConfig model =
        new GptConfig(257, 16, 32, 2, 2, 2, 16, 64, 10000, 1e-5, false, false, new Mup(32, 2));
    return new TrainConfig(
        dataset.toString(),
        new TextConfig(List.of(), false, 0.1, 0, 1000),
        7,
        "bf16",
        1,
        model,
        optimizer,
        new LrSchedule.Wsd(0.1, 0.5, 0),
        steps,
        8,
        microBatchSize,
        false,
        1.0,
        new EvalConfig(0, 8, 8),
        checkpoint,
        SpikeConfig.off(),
        parallel,
        null,
        null,
        null,
        null,
        null);
  }

  /// Counts steps and asks to stop after a number of them.
  private static class StopAfter implements TrainListener {
    private final int limit;
    private final List<Double> losses = new ArrayList<>();

    StopAfter(int limit) {
      this.limit = limit;
    }

    @Override
    public void step(StepMetrics metrics) {
      losses.add(metrics.loss());
    }

    @Override
    public void evaluated(EvalMetrics metrics) {}

    @Override
    public boolean stopRequested() {
      return losses.size() >= limit;
    }
  }

  private List<float[]> train(TrainConfig config, Path checkpoints, StopAfter listener) {
    try (TokenDataset data = TokenDataset.open(dataset);
        Trainer trainer =
            new Trainer(
                config,
                data,
                new Checkpoints(checkpoints, 2),
                Collective.alone(),
                listener,
                Progress.NONE)) {
      trainer.fit();
      return values(trainer);
    }
  }

  private static List<float[]> values(Trainer trainer) {
    return trainer.model().parameters().stream()
        .map(Parameter::value)
        .map(value -> value.toFloats())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"muon", "adamw"})
  void resumingMidwayEqualsAnUninterruptedRun(String optimizer) {
    TrainConfig config = config(optimizer.equals("muon") ? MUON : ADAMW, 20);
    List<float[]> whole = train(config, folder.resolve("whole"), new StopAfter(100));
    train(config, folder.resolve("parts"), new StopAfter(7));
    train(config, folder.resolve("parts"), new StopAfter(6));
    List<float[]> resumed = train(config, folder.resolve("parts"), new StopAfter(100));
    for (int i = 0; i < whole.size(); i++) {
      assertArrayEquals(whole.get(i), resumed.get(i), 0f, "parameter " + i);
    }
  }

  @Test
  void repeatedTextIsLearnt() {
    StopAfter listener = new StopAfter(1000);
    train(config(MUON, 60), folder.resolve("learn"), listener);
    assertEquals(Math.log(257), listener.losses.getFirst(), 0.01);
    assertTrue(listener.losses.getLast() < 1.0, "last loss " + listener.losses.getLast());
  }

  @Test
  void aDamagedCheckpointIsSkippedForTheOneBefore() throws IOException {
    TrainConfig config = config(ADAMW, 20);
    Path checkpoints = folder.resolve("damaged");
    train(config, checkpoints, new StopAfter(5));
    train(config, checkpoints, new StopAfter(5));
    Path newest = checkpoints.resolve("step-10").resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(newest, bytes);
    StopAfter rest = new StopAfter(1000);
    List<float[]> resumed = train(config, checkpoints, rest);
    assertEquals(15, rest.losses.size());
    List<float[]> whole = train(config, folder.resolve("whole"), new StopAfter(1000));
    assertArrayEquals(whole.getFirst(), resumed.getFirst(), 0f);
  }

  @Test
  void aRunWhoseCheckpointsAreAllDamagedIsNotStartedOver() throws IOException {
    TrainConfig config = config(ADAMW, 20);
    Path checkpoints = folder.resolve("ruined");
    train(config, checkpoints, new StopAfter(5));
    Files.writeString(checkpoints.resolve("step-5").resolve("state.json"), "{");
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> train(config, checkpoints, new StopAfter(5)));
    assertTrue(e.getMessage().contains("remove them to start over"), e.getMessage());
  }

  /// A disk that takes its time to say that what was written is safe.
  private static final class SlowDisk extends StopAfter {
    private static final double SECONDS = 0.05;
    private int asked;
    private double told;

    SlowDisk() {
      super(1000);
    }

    @Override
    public void checkpointing() {
      asked++;
      try {
        Thread.sleep((long) (1000 * SECONDS));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void checkpointed(double seconds) {
      told += seconds;
    }
  }

  @Test
  void aSlowDiskChangesNoBitAndItsCheckpointsDoNotPileUp() {
    CheckpointConfig eager = new CheckpointConfig(1e-6, 2);
    TrainConfig config = config(dataset, ADAMW, 30, 4, eager, ParallelConfig.standard());
    List<String> warnings = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void start(String name, long total, String unit) {}

          @Override
          public void update(long done, String note) {}

          @Override
          public void finish() {}

          @Override
          public void warn(String line) {
            warnings.add(line);
          }
        };
    SlowDisk disk = new SlowDisk();
    List<float[]> slow;
    double training;
    try (TokenDataset data = TokenDataset.open(dataset);
        Trainer trainer =
            new Trainer(
                config,
                data,
                new Checkpoints(folder.resolve("slow"), 2),
                Collective.alone(),
                disk,
                progress)) {
      trainer.fit();
      slow = values(trainer);
      training = trainer.seconds();
    }
    List<float[]> whole = train(config(ADAMW, 30), folder.resolve("whole"), new StopAfter(1000));
    for (int i = 0; i < whole.size(); i++) {
      assertArrayEquals(whole.get(i), slow.get(i), 0f, "parameter " + i);
    }
    assertTrue(disk.told >= disk.asked * SlowDisk.SECONDS, "time lost must be told");
    assertTrue(
        (disk.asked - 2) * SlowDisk.SECONDS <= training,
        disk.asked + " checkpoints in " + training + " s of training");
    assertEquals(disk.asked - 1, warnings.size());
    assertTrue(
        warnings.getFirst().contains("longer than checkpoint.every_seconds"), warnings.getFirst());
  }

  @Test
  void onlyTheNewestCheckpointsAreKept() throws IOException {
    TrainConfig config = config(ADAMW, 20);
    for (int i = 0; i < 4; i++) {
      train(config, folder.resolve("kept"), new StopAfter(5));
    }
    try (Stream<Path> left = Files.list(folder.resolve("kept"))) {
      assertEquals(
          List.of("step-15", "step-20"),
          left.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aLossThatIsNoNumberStopsTheRunAndSaysWhere() {
    OptimizerConfig absurd = new OptimizerConfig.Adamw(1e30, 0.9, 0.95, 1e-8, 0);
    DivergedException e =
        assertThrows(
            DivergedException.class,
            () -> train(config(absurd, 20), folder.resolve("diverged"), new StopAfter(100)));
    assertTrue(e.getMessage().contains("step "), e.getMessage());
    assertTrue(e.getMessage().contains("train-"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }

  @Test
  void theSameTensorsAreAliveAfterTwentyStepsAsAfterOne() throws InterruptedException {
    TrainConfig config = config(MUON, 50);
    try (TokenDataset data = TokenDataset.open(dataset);
        Trainer trainer =
            new Trainer(
                config,
                data,
                new Checkpoints(folder.resolve("leak"), 1),
                Collective.alone(),
                new StopAfter(1000),
                Progress.NONE)) {
      trainer.step();
      long before = aliveAfterCollection();
      for (int i = 0; i < 20; i++) {
        trainer.step();
      }
      assertEquals(before, Torch.liveObjects());
    }
  }

  /// Native objects without those that earlier tests left to the garbage collector.
  private static long aliveAfterCollection() throws InterruptedException {
    long alive;
    do {
      alive = Torch.liveObjects();
      System.gc();
      Thread.sleep(100); // javacpp frees what was collected on a thread of its own
    } while (Torch.liveObjects() < alive);
    return alive;
  }
}
