package dev.auspex.generate;

import dev.auspex.model.Gpt;
import dev.auspex.model.KvCache;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Many independent continuations of one prompt, written side by side from the model's plain
/// distribution (temperature 1, nothing filtered). Belongs to the model's thread.
public final class Draws {
  private static final SamplingConfig PLAIN = new SamplingConfig(1, 0, 1, 0, 0);

  private final Gpt model;
  private final Tokenizer tokenizer;
  private final Set<Integer> ends;

  /// @param model prepared for inference or not
  /// @param tokenizer the vocabulary the model was trained on
  /// @param ends ids that end a text
  public Draws(Gpt model, Tokenizer tokenizer, Collection<Integer> ends) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.ends = Set.copyOf(ends);
  }

  /// Writes `count` continuations.
  ///
  /// @param prompt token ids to continue; at least one
  /// @param maxTokens most tokens of one continuation
  /// @param stop text that ends a continuation
  /// @param seed of the draws
  /// @return the text before `stop` or the end token of each; empty where neither came in time
  public List<Optional<String>> draw(
      List<Integer> prompt, int count, int maxTokens, String stop, long seed) {
    int capacity = Math.min(model.config().contextLength(), prompt.size() + maxTokens);
    Sampler sampler = new FilteredSampler(PLAIN.withSeed(seed));
    List<TextStream> texts = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      texts.add(new TextStream(tokenizer, List.of(stop), _ -> {}));
    }
    boolean[] done = new boolean[count];
    List<Optional<String>> written = new ArrayList<>();
    texts.forEach(_ -> written.add(Optional.empty()));
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      KvCache cache = new KvCache(model.config(), count, capacity, model.compute());
      int[] ids = new int[count * prompt.size()];
      Arrays.setAll(ids, i -> prompt.get(i % prompt.size()));
      for (int left = count; left > 0 && cache.length() + ids.length / count <= capacity; ) {
        float[] logits = read(ids, count, cache);
        ids = new int[count];
        for (int row = 0; row < count; row++) {
          if (done[row]) {
            continue; // its column goes on with token 0, unread
          }
          int id = sampler.pick(row(logits, row, count));
          ids[row] = id;
          if (ends.contains(id) || texts.get(row).append(id)) {
            done[row] = true;
            written.set(row, Optional.of(texts.get(row).finish()));
            left--;
          }
        }
      }
    }
    return written;
  }

  private static float[] row(float[] logits, int row, int count) {
    int width = logits.length / count;
    return Arrays.copyOfRange(logits, row * width, (row + 1) * width);
  }

  /// @return scores of what follows, `[count, vocab]`
  private float[] read(int[] ids, int count, KvCache cache) {
    int length = ids.length / count;
    try (TensorScope _ = TensorScope.open()) {
      Tensor hidden = model.forward(Tensor.of(ids, count, length), cache); // [B, T, D]
      return model.logits(hidden.narrow(1, length - 1, 1)).toFloats(); // [B, 1, V]
    }
  }
}
