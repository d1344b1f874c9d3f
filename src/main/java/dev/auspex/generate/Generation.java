package dev.auspex.generate;

import java.util.List;

/// What a model wrote.
///
/// @param text the text, without the stop string
/// @param ids the tokens written
/// @param logprobs natural log-probability of each token before filtering; empty unless asked for
/// @param stopReason why it ended
/// @param tokensPerSecond speed after the prompt
/// @param prefillTokensPerSecond speed of reading the prompt
public record Generation(
    String text,
    List<Integer> ids,
    List<Double> logprobs,
    StopReason stopReason,
    double tokensPerSecond,
    double prefillTokensPerSecond) {}
