package dev.auspex.data;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// The shards of one side of the split as one long row of tokens.
final class TokenStream {
  private final List<TokenShard> shards;
  private final long[] starts;

  TokenStream(List<TokenShard> shards) {
    this.shards = List.copyOf(shards);
    this.starts = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      starts[i + 1] = starts[i] + shards.get(i).length();
    }
  }

  /// Maps the shards of one side; lives as long as the arena.
  static TokenStream open(
      Path folder, List<DatasetManifest.Shard> shards, int vocabSize, Arena arena) {
    return new TokenStream(
        shards.stream().map(s -> TokenShard.open(folder, s, vocabSize, arena)).toList());
  }

  long length() {
    return starts[shards.size()];
  }

  /// Copies `count` tokens from position `from`, over shard borders.
  void copy(long from, int[] target, int at, int count) {
    long position = from;
    int done = 0;
    while (done < count) {
      int shard = shardOf(position);
      int n = (int) Math.min(count - done, starts[shard + 1] - position);
      shards.get(shard).copy(position - starts[shard], target, at + done, n);
      position += n;
      done += n;
    }
  }

  /// `train-00000.bin:12345`: shard and token in it.
  String where(long position) {
    int shard = shardOf(position);
    return shards.get(shard).name() + ":" + (position - starts[shard]);
  }

  private int shardOf(long position) {
    if (position < 0 || position >= length()) {
      throw new IndexOutOfBoundsException(
          "position: expected below %d, got %d".formatted(length(), position));
    }
    int found = Arrays.binarySearch(starts, position);
    return found >= 0 ? found : -found - 2;
  }

  void verify() {
    shards.forEach(TokenShard::verify);
  }
}
