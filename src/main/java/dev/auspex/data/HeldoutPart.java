package dev.auspex.data;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The held-out side of a dataset while it is built: its shards, and its texts for people to read
/// in reports; in the end without the documents that training repeats.
final class HeldoutPart implements AutoCloseable {
  private final Path folder;
  private final int vocabSize;
  private final long tokensPerShard;
  private final double overlap;
  private final ShardWriter shards;
  private final Path texts;
  private final BufferedWriter writer;
  private final List<Held> documents = new ArrayList<>();

  /// What must be known of a document to take it back.
  ///
  /// @param tokens its end token included
  record Held(int source, String path, int bytes, int tokens) {}

  /// A document that is left out after all.
  ///
  /// @param share how much of it training repeats
  record LeftOut(Held document, double share) {}

  /// What stays, and what does not.
  record Kept(List<DatasetManifest.Shard> shards, List<LeftOut> leftOut) {}

  /// @param overlap largest share of a document that training may repeat; 1 keeps all
  HeldoutPart(Path folder, int vocabSize, long tokensPerShard, double overlap) {
    this.folder = folder;
    this.overlap = overlap;
    this.vocabSize = vocabSize;
    this.tokensPerShard = tokensPerShard;
    this.texts = folder.resolve(DatasetBuilder.HELDOUT_TEXTS);
    try {
      this.writer = Files.newBufferedWriter(texts);
    } catch (IOException e) {
      throw new FileException(texts, e);
    }
    this.shards = new ShardWriter(folder, Split.HELDOUT, vocabSize, tokensPerShard);
  }

  /// Appends the tokens `from` to `to` of a document and its text.
  void add(Piece piece, int[] ids, int from, int to) {
    shards.append(ids, from, to);
    Document document = piece.document();
    if (overlap < 1) {
      documents.add(new Held(piece.source(), document.path(), piece.bytes(), to - from));
    }
    Map<String, String> line = new LinkedHashMap<>();
    line.put("source", document.source());
    line.put("path", document.path());
    line.put("text", new String(document.text(), StandardCharsets.UTF_8));
    try {
      writer.write(Json.line(line) + "\n");
    } catch (IOException e) {
      throw new FileException(texts, e);
    }
  }

  /// Ends it.
  ///
  /// @param train the other side, complete
  Kept end(List<DatasetManifest.Shard> train) {
    List<DatasetManifest.Shard> all = shards.end();
    try {
      writer.close();
      return documents.isEmpty() ? new Kept(all, List.of()) : without(train, all);
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }

  private Kept without(List<DatasetManifest.Shard> train, List<DatasetManifest.Shard> all)
      throws IOException {
    Path aside = folder.resolve("heldout");
    Files.createDirectory(aside);
    for (DatasetManifest.Shard shard : all) {
      Files.move(folder.resolve(shard.file()), aside.resolve(shard.file()));
    }
    try (Arena arena = Arena.ofShared()) {
      TokenStream heldout = TokenStream.open(aside, all, vocabSize, arena);
      double[] repeated =
          HeldoutRepeats.shares(
              TokenStream.open(folder, train, vocabSize, arena),
              heldout,
              documents.stream().map(Held::tokens).toList());
      int[] kept =
          IntStream.range(0, repeated.length).filter(i -> repeated[i] <= overlap).toArray();
      if (kept.length == 0) {
        throw new DataException(
            ("heldout-overlap (%s) must keep one of the %,d held-out documents; training repeats"
                    + " %.3f of the least repeated, raise it")
                .formatted(overlap, repeated.length, Arrays.stream(repeated).min().orElseThrow()));
      }
      keepTexts(aside.resolve(texts.getFileName()), kept);
      List<LeftOut> leftOut =
          IntStream.range(0, repeated.length)
              .filter(i -> repeated[i] > overlap)
              .mapToObj(i -> new LeftOut(documents.get(i), repeated[i]))
              .toList();
      return new Kept(shards(heldout, kept), leftOut);
    } finally {
      AtomicFiles.deleteTree(aside);
    }
  }

  /// @param all the texts of all documents, one a line
  private void keepTexts(Path all, int[] kept) throws IOException {
    Files.move(texts, all);
    try (BufferedReader from = Files.newBufferedReader(all);
        BufferedWriter to = Files.newBufferedWriter(texts)) {
      int next = 0;
      for (int i = 0; next < kept.length; i++) {
        String line = from.readLine();
        if (i == kept[next]) {
          to.write(line + "\n");
          next++;
        }
      }
    }
  }

  private List<DatasetManifest.Shard> shards(TokenStream heldout, int[] kept) {
    try (ShardWriter again = new ShardWriter(folder, Split.HELDOUT, vocabSize, tokensPerShard)) {
      long[] starts = new long[documents.size() + 1];
      for (int i = 0; i < documents.size(); i++) {
        starts[i + 1] = starts[i] + documents.get(i).tokens();
      }
      for (int i : kept) {
        int[] ids = new int[documents.get(i).tokens()];
        heldout.copy(starts[i], ids, 0, ids.length);
        again.append(ids, 0, ids.length);
      }
      return again.end();
    }
  }

  /// Closes the files of an unfinished part.
  @Override
  public void close() {
    shards.close();
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
