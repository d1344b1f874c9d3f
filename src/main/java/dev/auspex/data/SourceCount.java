package dev.auspex.data;

import dev.auspex.io.Hashes;
import java.security.MessageDigest;

/// Adds up what is kept of one source.
final class SourceCount {
  private final MessageDigest digest = Hashes.sha256();
  private Ledger.Amount all = new Ledger.Amount(0, 0, 0);
  private Ledger.Amount heldout = all;

  void add(Piece piece, long tokens) {
    Ledger.Amount amount = new Ledger.Amount(1, piece.bytes(), tokens);
    all = all.plus(amount);
    switch (piece.split()) {
      case TRAIN -> {}
      case HELDOUT -> heldout = heldout.plus(amount);
    }
    digest.update(piece.hash().bytes());
  }

  /// Takes back a held-out document that is left out after all.
  void leaveOut(long bytes, long tokens) {
    Ledger.Amount less = new Ledger.Amount(-1, -bytes, -tokens);
    all = all.plus(less);
    heldout = heldout.plus(less);
  }

  /// The ledger's entry; to be called once.
  Ledger.Entry entry(Source source, Drops drops) {
    return new Ledger.Entry(
        source.name(),
        source.licence(),
        source.origin(),
        all.documents(),
        all.bytes(),
        all.tokens(),
        Hashes.hex(digest.digest()),
        heldout,
        drops.repaired(),
        drops.dropped());
  }
}
