package dev.auspex.generate;

import dev.auspex.config.ConfigException;
import dev.auspex.model.Gpt;
import dev.auspex.model.KvCache;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Continues a prompt token by token with a key-value cache. Belongs to the model's thread.
public final class Generator {
  private final Gpt model;
  private final Tokenizer tokenizer;
  private final Set<Integer> ends;

  /// A generator that ends at the end of a document, as models trained here write it.
  ///
  /// @param model prepared for inference or not
  /// @param tokenizer the vocabulary the model was trained on
  public Generator(Gpt model, Tokenizer tokenizer) {
    this(model, tokenizer, tokenizer.specialId(SpecialTokens.END).stream().boxed().toList());
  }

  /// @param model prepared for inference or not
  /// @param tokenizer the vocabulary the model was trained on
  /// @param ends ids that end the text
  public Generator(Gpt model, Tokenizer tokenizer, Collection<Integer> ends) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.ends = Set.copyOf(ends);
  }

  /// Writes until the end token, a stop string, the length, or the end of the context.
  ///
  /// @param onText hears each piece of finished text as it comes
  public Generation generate(GenerationRequest request, Consumer<String> onText) {
    return generate(request, SeenImages.NONE, onText);
  }

  /// The same after a prompt with images.
  public Generation generate(
      GenerationRequest request, SeenImages images, Consumer<String> onText) {
    int context = model.config().contextLength();
    int[] prompt = request.prompt().stream().mapToInt(Integer::intValue).toArray();
    if (prompt.length >= context) {
      throw new ConfigException(
          "prompt (%d tokens) must be shorter than the context (%d)"
              .formatted(prompt.length, context));
    }
    int capacity = Math.min(context, prompt.length + request.maxTokens());
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      KvCache cache = new KvCache(model.config(), 1, capacity, model.compute());
      long start = System.nanoTime();
      float[] logits = read(prompt, images, cache);
      double prefillSeconds = (System.nanoTime() - start) / 1e9;
      return loop(request, cache, logits, prompt.length / prefillSeconds, onText);
    }
  }

  private Generation loop(
      GenerationRequest request,
      KvCache cache,
      float[] first,
      double prefillRate,
      Consumer<String> onText) {
    Sampler sampler = request.sampling().sampler();
    TextStream text = new TextStream(tokenizer, request.stops(), onText);
    List<Integer> ids = new ArrayList<>();
    List<Double> logprobs = new ArrayList<>();
    StopReason reason = StopReason.LENGTH;
    float[] logits = first;
    long start = System.nanoTime();
    while (ids.size() < request.maxTokens()) {
      float[] scores = logits;
      int id = sampler.pick(scores.clone());
      if (ends.contains(id)) {
        reason = StopReason.END;
        break;
      }
      ids.add(id);
      if (request.logprobs()) {
        logprobs.add(logprob(scores, id));
      }
      if (text.append(id)) {
        reason = StopReason.STOP_STRING;
        break;
      }
      if (ids.size() < request.maxTokens()) {
        if (cache.length() >= cache.capacity()) {
          reason = StopReason.CONTEXT;
          break;
        }
        logits = read(new int[] {id}, SeenImages.NONE, cache);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Generation(text.finish(), ids, logprobs, reason, ids.size() / seconds, prefillRate);
  }

  /// Reads tokens and returns the scores of what follows.
  private float[] read(int[] ids, SeenImages images, KvCache cache) {
    try (TensorScope _ = TensorScope.open()) {
      Tensor inputs = Tensor.of(ids, 1, ids.length);
      Tensor hidden =
          images.squares() == 0
              ? model.forward(inputs, cache)
              : model.forward(inputs, model.see(images.tensor()), cache); // [1, T, D]
      Tensor last = hidden.narrow(1, ids.length - 1, 1); // [1, 1, D]
      return model.logits(last).toFloats();
    }
  }

  private static double logprob(float[] logits, int id) {
    return logits[id] - logSumExp(logits);
  }

  /// The logarithm of the sum of all exponentials, which makes scores log-probabilities.
  static double logSumExp(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }
}
