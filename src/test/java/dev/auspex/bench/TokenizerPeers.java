package dev.auspex.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import dev.auspex.io.Json;
import dev.auspex.tokenizer.BpeTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The encoding half of `auspex bench tokenizer`: ours beside jtokkit and Hugging Face tokenizers,
/// one thread, the same Strings, ids compared before anything is timed.
///
/// Arguments: text file, tokenizer.json, repeats, file for the rows. Hugging Face's library is
/// called through DJL, whose result holds more than ids; that is part of its time.
public final class TokenizerPeers {
  private static final int CHUNK = 16 << 10;
  private static final int WARM_UP_CHUNKS = 400;

  private final List<String> texts;
  private final long bytes;
  private final int repeats;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  private TokenizerPeers(Path text, int repeats) throws IOException {
    byte[] all = Files.readAllBytes(text);
    this.bytes = all.length;
    this.texts = chunks(all);
    this.repeats = repeats;
  }

  public static void main(String[] arguments) throws IOException {
    TokenizerPeers bench =
        new TokenizerPeers(Path.of(arguments[0]), Integer.parseInt(arguments[2]));
    bench.jtokkit(Path.of(arguments[0]).resolveSibling("cl100k_base.tiktoken"));
    bench.huggingFace(Path.of(arguments[1]));
    Json.write(Path.of(arguments[3]), bench.rows);
  }

  /// Texts of about 16 KB, cut after a line, as documents are.
  private static List<String> chunks(byte[] all) {
    List<String> chunks = new ArrayList<>();
    int from = 0;
    while (from < all.length) {
      int to = Math.min(all.length, from + CHUNK);
      while (to < all.length && all[to - 1] != '\n') {
        to++;
      }
      chunks.add(new String(all, from, to - from, StandardCharsets.UTF_8));
      from = to;
    }
    return chunks;
  }

  private void jtokkit(Path ranks) throws IOException {
    try (InputStream in = Encodings.class.getResourceAsStream("cl100k_base.tiktoken")) {
      Files.copy(in, ranks);
    }
    BpeTokenizer ours = BpeTokenizer.load(ranks);
    Encoding theirs = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
    compare(
        "encode, cl100k_base, one thread",
        "jtokkit",
        ours,
        text -> ints(theirs.encodeOrdinary(text)));
  }

  private void huggingFace(Path json) throws IOException {
    Map<String, String> options =
        Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    BpeTokenizer ours = BpeTokenizer.load(json);
    try (HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(json, options)) {
      compare(
          "encode, trained vocabulary of %d, one thread".formatted(ours.vocabSize()),
          "hugging face tokenizers",
          ours,
          text -> ints(theirs.encode(text, false, false).getIds()));
    }
  }

  private void compare(
      String shape, String peer, BpeTokenizer ours, Function<String, int[]> theirs) {
    for (String text : texts) {
      if (!Arrays.equals(ours.encode(text), theirs.apply(text))) {
        throw new IllegalStateException(peer + " gives other ids for: " + text);
      }
    }
    List<String> warmUp = texts.subList(0, Math.min(texts.size(), WARM_UP_CHUNKS));
    rate(warmUp, ours::encode);
    rate(warmUp, theirs);
    double[] mine = new double[repeats];
    double[] other = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      mine[i] = rate(texts, ours::encode);
      other[i] = rate(texts, theirs);
    }
    Arrays.sort(mine);
    Arrays.sort(other);
    double us = mine[repeats / 2];
    double them = other[repeats / 2];
    rows.add(row(shape, "auspex", us, 1));
    rows.add(row(shape, peer, them, us / them));
  }

  /// Megabytes of UTF-8 a second.
  private double rate(List<String> some, Function<String, int[]> encode) {
    long start = System.nanoTime();
    long ids = 0;
    for (String text : some) {
      ids += encode.apply(text).length;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (ids == 0) {
      throw new IllegalStateException("nothing was encoded");
    }
    return bytes / 1e6 * some.size() / texts.size() / seconds;
  }

  private static Map<String, Object> row(String shape, String engine, double value, double ratio) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("shape", shape);
    row.put("engine", engine);
    row.put("dtype", "utf-8");
    row.put("value", value);
    row.put("unit", "MB/s");
    row.put("ratio", ratio);
    return row;
  }

  private static int[] ints(IntArrayList list) {
    return list.toArray();
  }

  private static int[] ints(long[] ids) {
    return Arrays.stream(ids).mapToInt(id -> (int) id).toArray();
  }
}
