package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Keys and values of the tokens a model has already read, so that each new token costs one pass.
///
/// Holds `[batch, kv heads, context, head dim]` per layer; belongs to the scope it was made in.
public final class KvCache {
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private final int capacity;
  private int length;

  /// An empty cache for `batch` sequences of at most `capacity` tokens.
  public KvCache(GptConfig config, int batch, int capacity, DType compute) {
    this.capacity = capacity;
    for (int layer = 0; layer < config.numLayers(); layer++) {
      keys.add(Tensor.zeros(compute, batch, config.numKvHeads(), capacity, config.headDim()));
      values.add(Tensor.zeros(compute, batch, config.numKvHeads(), capacity, config.headDim()));
    }
  }

  /// Tokens read so far.
  public int length() {
    return length;
  }

  /// Most tokens it can hold.
  public int capacity() {
    return capacity;
  }

  void requireRoom(long tokens) {
    if (length + tokens > capacity) {
      throw new IllegalStateException("the key-value cache holds " + capacity + " tokens");
    }
  }

  void advance(long tokens) {
    length += (int) tokens;
  }

  Tensor appendKeys(int layer, Tensor fresh) {
    return append(keys.get(layer), fresh);
  }

  Tensor appendValues(int layer, Tensor fresh) {
    return append(values.get(layer), fresh);
  }

  private Tensor append(Tensor store, Tensor fresh) {
    long tokens = fresh.size(2);
    store.narrow(2, length, tokens).copyInPlace(fresh);
    return store.narrow(2, 0, length + tokens);
  }
}
