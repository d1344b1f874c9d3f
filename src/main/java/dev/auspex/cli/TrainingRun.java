package dev.auspex.cli;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.TokenDataset;
import dev.auspex.interchange.ModelFolder;
import dev.auspex.interchange.PeftAdapter;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.run.Interruption;
import dev.auspex.run.Manifest;
import dev.auspex.run.MetricsLog;
import dev.auspex.run.RunException;
import dev.auspex.run.RunFolder;
import dev.auspex.run.RunLock;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.BaseConfig;
import dev.auspex.train.HeldoutLoss;
import dev.auspex.train.LoraConfig;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainListener;
import dev.auspex.train.TrainResult;
import dev.auspex.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Trains one run folder from its configuration to its result, from wherever it was left.
///
/// `config.yaml` is written by `prepare`, `manifest.json` when the run begins, both before step 0;
/// a finished run is left alone.
final class TrainingRun {
  private final RunFolder folder;
  private final Interruption interruption;
  private final Progress progress;

  TrainingRun(RunFolder folder, Interruption interruption, Progress progress) {
    this.folder = folder;
    this.interruption = interruption;
    this.progress = progress;
  }

  /// Writes what must be on disk before step 0.
  void prepare(TrainConfig config, Path dataset) {
    if (config.vision() != null) {
      prepare(config, RunData.vocabulary(config, Progress.NONE));
      return;
    }
    try (TokenDataset data = TokenDataset.open(dataset)) {
      requireVocabulary(config, data);
      AtomicFiles.writeString(folder.config(), Config.toYaml(config));
      Path tokenizer = dataset.resolve("tokenizer.json");
      if (Files.isRegularFile(tokenizer)) {
        AtomicFiles.write(folder.tokenizer(), out -> Files.copy(tokenizer, out));
      }
    }
  }

  /// Writes what must be on disk before step 0 of a run on pictures.
  void prepare(TrainConfig config, Tokenizer tokenizer) {
    AtomicFiles.writeString(folder.config(), Config.toYaml(config));
    tokenizer.save(folder.tokenizer());
  }

  private void writeManifest(TrainConfig config, RunData data) {
    if (Files.isRegularFile(folder.manifest())) {
      return;
    }
    Map<String, String> hashes = new LinkedHashMap<>();
    hashes.put("data", data.sha256());
    BaseConfig base = config.base();
    if (base != null && base.sha256() != null) {
      hashes.put("init", base.sha256());
    }
    if (Files.isRegularFile(folder.tokenizer())) {
      hashes.put("tokenizer", Hashes.sha256(folder.tokenizer()));
    }
    Manifest.startingNow(config.seed(), Torch.version(), Device.name(), hashes)
        .write(folder.manifest());
  }

  private static void requireVocabulary(TrainConfig config, TokenDataset data) {
    if (data.vocabSize() > config.model().vocabSize()) {
      throw new ConfigException(
          "model.vocab_size (%d) must be at least the dataset's (%d)"
              .formatted(config.model().vocabSize(), data.vocabSize()));
    }
  }

  /// Trains to the end as the only worker; empty when interrupted before it.
  Optional<TrainResult> run() {
    return run(Collective.alone());
  }

  /// Trains to the end; empty when interrupted before it, and on all workers but the first.
  Optional<TrainResult> run(Collective workers) {
    if (Files.isRegularFile(folder.result())) {
      return Optional.of(Json.read(folder.result(), TrainResult.class));
    }
    TrainConfig config = Config.read(folder.config(), TrainConfig.class);
    if (config.base() != null) {
      InitialModel.requireUnchanged(config.base());
    }
    Engine.start(config.threads());
    workers.waitAtMost(config.parallel().timeout());
    return workers.rank() == 0 ? lead(config, workers) : follow(config, workers);
  }

  private Optional<TrainResult> lead(TrainConfig config, Collective workers) {
    try (RunLock _ = folder.lock();
        Interruption.Hold _ = interruption.hold();
        RunData data = RunData.open(config, folder, progress);
        RunLog log = new RunLog(folder, config, workers.size(), interruption);
        Trainer trainer = trainer(config, data, workers, log)) {
      begin(config, data, trainer, log);
      if (!trainer.fit()) {
        tellStopped(trainer.stepsDone(), config);
        return Optional.empty();
      }
      HeldoutLoss.Measured heldout = trainer.finalHeldoutLoss();
      writeModel(config, trainer.model());
      TrainResult result = trainer.result(heldout, folder.model().toString());
      Json.write(folder.result(), result);
      return Optional.of(result);
    }
  }

  /// Trains as the only worker to each of `steps` in turn, from wherever it was left, and tells of
  /// each when its checkpoint is the newest; ends early when interrupted. The run has no result.
  ///
  /// @param steps ascending
  void stopAt(List<Long> steps, LongConsumer reached) {
    TrainConfig config = Config.read(folder.config(), TrainConfig.class);
    Engine.start(config.threads());
    try (RunLock _ = folder.lock();
        Interruption.Hold _ = interruption.hold();
        RunData data = RunData.open(config, folder, progress);
        RunLog log = new RunLog(folder, config, 1, interruption);
        Trainer trainer = trainer(config, data, Collective.alone(), log)) {
      begin(config, data, trainer, log);
      for (long step : steps) {
        if (trainer.stepsDone() > step) {
          throw new RunException(
              "%s (step %d) must not be beyond step %d, from which a run is missing; remove it and it is made again"
                  .formatted(folder.root(), trainer.stepsDone(), step));
        }
        if (!trainer.fitTo(step)) {
          return;
        }
        reached.accept(step);
      }
    }
  }

  private Trainer trainer(TrainConfig config, RunData data, Collective workers, RunLog log) {
    return new Trainer(
        config, data.training(), checkpoints(config), workers, log, log.telling(progress));
  }

  private void begin(TrainConfig config, RunData data, Trainer trainer, RunLog log) {
    writeManifest(config, data);
    if (trainer.stepsDone() == 0 && !MetricsLog.read(folder.metrics()).isEmpty()) {
      progress.warn(
          "%s holds no checkpoint yet; the run starts again from step 0"
              .formatted(folder.checkpoints()));
    }
    log.continueAfter(trainer.stepsDone());
  }

  private void tellStopped(long step, TrainConfig config) {
    progress.warn(
        "stopped at step %,d of %,d; continue with: auspex train --resume %s"
            .formatted(step, config.steps(), folder.root()));
  }

  /// A whole model, or the adapter alone where that was trained.
  private void writeModel(TrainConfig config, Gpt model) {
    BaseConfig base = config.base();
    if (base == null) {
      ModelFolder.write(folder.model(), model, folder.tokenizer());
      return;
    }
    LoraConfig lora = config.lora();
    try (StoredModel start = StoredModel.open(Path.of(base.folder()))) {
      if (lora == null) {
        ModelFolder.write(folder.model(), model, start);
      } else {
        PeftAdapter.trained(start, lora.rank(), lora.alpha(), lora.targetModules(), model)
            .write(folder.model(), "../" + folder.base().getFileName());
      }
    }
  }

  private Optional<TrainResult> follow(TrainConfig config, Collective workers) {
    try (Interruption.Hold _ = interruption.hold();
        RunData data = RunData.open(config, folder, Progress.NONE);
        Trainer trainer =
            new Trainer(
                config,
                data.training(),
                checkpoints(config),
                workers,
                new Silent(),
                Progress.NONE)) {
      trainer.fit();
      return Optional.empty();
    }
  }

  private Checkpoints checkpoints(TrainConfig config) {
    return new Checkpoints(folder.checkpoints(), config.checkpoint().keep());
  }

  /// What workers other than the first listen with.
  private final class Silent implements TrainListener {
    @Override
    public void step(StepMetrics step) {}

    @Override
    public void evaluated(EvalMetrics evaluation) {}

    @Override
    public boolean stopRequested() {
      return interruption.requested();
    }
  }
}
