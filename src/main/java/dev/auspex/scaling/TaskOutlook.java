package dev.auspex.scaling;

/// Whether a task can be forecast, judged inside the ladder before compute is spent.
///
/// @param task its name
/// @param forecastability in [0, 1]: the share of the ladder's rise that is not checkpoint noise,
///     rise² / (rise² + noise²), times `skill`
/// @param forecastable whether it is not near chance and `forecastability` is at least 0.5
/// @param nearChance whether the largest runs lie within 0.05, or three times the noise, of chance
/// @param chance accuracy of guessing as given, else the fitted floor
/// @param signalToNoise rise of accuracy from the smallest quarter of the runs to the largest, over
///     the noise
/// @param noise standard deviation of accuracy between late checkpoints
/// @param skill 1 less the squared error of back-tests over that of "it stays as it is", at least 0
/// @param backtests how many held-out runs were forecast
/// @param backtestError root mean square error of back-tests, in accuracy; 0 where there were none
public record TaskOutlook(
    String task,
    double forecastability,
    boolean forecastable,
    boolean nearChance,
    double chance,
    double signalToNoise,
    double noise,
    double skill,
    int backtests,
    double backtestError) {}
