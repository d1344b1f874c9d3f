package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import java.util.List;

/// How capability is forecast, all of it fixed before any model is examined and sealed with the
/// forecasts.
///
/// @param tasks tasks examined; their problems share the buckets
/// @param inverse a task shown over the ladder, where performance is thought to fall with scale
/// @param problems held-out problems of each task
/// @param seed of problems and draws
/// @param passes where several answers are right, draws go on until this many have passed
/// @param maxDraws most draws for one problem
/// @param judges how many of the smallest amounts of compute in the ladder judge difficulty
/// @param buckets number of buckets, of equal size to within one
/// @param dropShare share of problems dropped, those the judges find hardest
/// @param seedNoise relative spread of a bucket's mean between seeds; replicates overrule it
/// @param assumeLoss what the forecast of the text's loss assumes, a name of `scale fit --assume`
/// @param level probability that a bucket's interval is to hold
/// @param tolerance largest relative error that counts as a hit
/// @param hits buckets that must be hits for the forecast as a whole to hold
public record CapabilityConfig(
    List<String> tasks,
    String inverse,
    int problems,
    long seed,
    int passes,
    int maxDraws,
    int judges,
    int buckets,
    double dropShare,
    double seedNoise,
    String assumeLoss,
    double level,
    double tolerance,
    int hits) {
  public CapabilityConfig {
    tasks = List.copyOf(tasks);
    if (tasks.isEmpty() || problems < 1) {
      throw new ConfigException("tasks and problems (%d) must not be empty".formatted(problems));
    }
    if (judges < 1) {
      throw new ConfigException("judges (%d) must be at least 1".formatted(judges));
    }
    if (buckets < 1 || hits < 0 || hits > buckets) {
      throw new ConfigException(
          "buckets (%d) must be at least 1 and hits (%d) no more".formatted(buckets, hits));
    }
    if (!(dropShare >= 0 && dropShare < 1)) {
      throw new ConfigException(
          "drop_share (%s) must lie in [0, 1); usual: 0.09, GPT-4's 15 of 164"
              .formatted(dropShare));
    }
    Assumptions.named(assumeLoss);
  }
}
