package dev.auspex.data;

import dev.auspex.io.Hashes;
import dev.auspex.io.Progress;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What happened to one source: kept, dropped, and why. One thread at a time.
final class SourceLedger {
  private static final int EXAMPLES = 5;

  /// Documents dropped for one reason.
  private static final class Drop {
    private long count;
    private long bytes;
    private final List<String> examples = new ArrayList<>();
  }

  private final String name;
  private final String licence;
  private final Progress progress;
  private final Map<String, Drop> drops = new TreeMap<>();
  private final MessageDigest digest = Hashes.sha256();
  private long documents;
  private long bytes;
  private long tokens;

  SourceLedger(String name, String licence, Progress progress) {
    this.name = name;
    this.licence = licence;
    this.progress = progress;
  }

  /// Counts a kept document.
  void keep(byte[] text) {
    documents++;
    bytes += text.length;
    digest.update(text);
  }

  void addTokens(long count) {
    tokens += count;
  }

  /// Counts a dropped document; broken input is also told on the screen.
  void drop(String reason, long size, String where) {
    Drop drop = drops.computeIfAbsent(reason, _ -> new Drop());
    drop.count++;
    drop.bytes += size;
    if (drop.examples.size() < EXAMPLES) {
      drop.examples.add(where);
      if (!reason.equals("duplicate")
          && !reason.equals("empty")
          && !reason.equals("beyond_max_bytes")) {
        progress.warn(where + " was dropped: " + reason.replace('_', ' '));
      }
    }
  }

  /// Documents kept.
  long documents() {
    return documents;
  }

  /// Bytes kept.
  long bytes() {
    return bytes;
  }

  Map<String, Long> dropCounts() {
    Map<String, Long> counts = new TreeMap<>();
    drops.forEach((reason, drop) -> counts.put(reason, drop.count));
    return counts;
  }

  /// The entry of `ledger.json`.
  Map<String, Object> entry() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", name);
    entry.put("licence", licence);
    entry.put("origin", name);
    entry.put("documents", documents);
    entry.put("bytes", bytes);
    entry.put("tokens", tokens);
    entry.put("sha256", Hashes.hex(digest.digest()));
    Map<String, Object> dropped = new TreeMap<>();
    drops.forEach(
        (reason, drop) ->
            dropped.put(
                reason,
                Map.of("count", drop.count, "bytes", drop.bytes, "examples", drop.examples)));
    entry.put("dropped", dropped);
    return entry;
  }
}
