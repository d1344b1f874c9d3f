package dev.auspex.data;

import dev.auspex.io.Hashes;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Consumer;

/// Passes documents on that are new and inside the sample, each on its side of the split.
///
/// Each pass over the sources takes a new one.
final class Splitter {
  private final SplitOptions options;
  private final int cutoff;
  private final Consumer<Piece> sink;
  private final SeenHashes seen = new SeenHashes();
  private final MessageDigest digest = Hashes.sha256();

  /// @param cutoff first bucket that is not taken, [ContentHash#BUCKETS] for all
  Splitter(SplitOptions options, int cutoff, Consumer<Piece> sink) {
    this.options = options;
    this.cutoff = cutoff;
    this.sink = sink;
  }

  void accept(int source, Document document, Drops drops) {
    ContentHash hash = ContentHash.of(digest, document.text());
    int bytes = document.text().length;
    if (!seen.add(hash)) {
      drops.add(DropReason.DUPLICATE, document.path(), bytes, "");
    } else if (hash.bucket() >= cutoff) {
      drops.add(DropReason.NOT_SAMPLED, document.path(), bytes, "");
    } else {
      switch (options.heldoutBy()) {
        case HASH -> {
          boolean heldout = hash.fraction() < options.heldoutShare();
          sink.accept(new Piece(source, document, hash, heldout ? Split.HELDOUT : Split.TRAIN));
        }
        case TAIL -> tail(source, document, hash);
      }
    }
  }

  /// Both ends of a document, cut between two characters.
  private void tail(int source, Document document, ContentHash hash) {
    byte[] text = document.text();
    int wanted = (int) Math.round(text.length * (1 - options.heldoutShare()));
    int cut = wanted >= text.length ? text.length : Utf8.characterStart(text, wanted);
    if (cut > 0) {
      Document head = new Document(document.source(), document.path(), Arrays.copyOf(text, cut));
      sink.accept(new Piece(source, head, hash, Split.TRAIN));
    }
    if (cut < text.length) {
      byte[] rest = Arrays.copyOfRange(text, cut, text.length);
      Document tail = new Document(document.source(), document.path() + "#tail", rest);
      sink.accept(new Piece(source, tail, hash, Split.HELDOUT));
    }
  }
}
