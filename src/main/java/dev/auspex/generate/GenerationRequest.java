package dev.auspex.generate;

import dev.auspex.config.ConfigException;
import java.util.List;

/// What to write.
///
/// @param prompt token ids to continue; at least one
/// @param maxTokens most tokens to write
/// @param sampling how tokens are drawn
/// @param stops strings that end the text
/// @param logprobs whether log-probabilities are kept
public record GenerationRequest(
    List<Integer> prompt,
    int maxTokens,
    SamplingConfig sampling,
    List<String> stops,
    boolean logprobs) {
  public GenerationRequest {
    prompt = List.copyOf(prompt);
    stops = List.copyOf(stops);
    if (prompt.isEmpty()) {
      throw new ConfigException("prompt () must hold at least one token");
    }
    if (maxTokens < 1) {
      throw new ConfigException("max_tokens (" + maxTokens + ") must be at least 1");
    }
  }
}
