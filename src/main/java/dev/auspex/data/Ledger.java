package dev.auspex.data;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Where every token of a dataset comes from, under which licence, and what was left out and why.
///
/// Counts include held-out text; `heldout` says how much of it is. A document whose tail is held
/// out counts once on each side.
///
/// @param format [#FORMAT]
/// @param sources in the order they were read
/// @param totals of all sources
/// @param settings what was asked for
public record Ledger(String format, List<Entry> sources, Totals totals, Settings settings) {
  /// Name and version of the format.
  public static final String FORMAT = "auspex-ledger-1";

  /// An amount of text.
  ///
  /// @param bytes of text, without end tokens
  /// @param tokens end tokens included
  public record Amount(long documents, long bytes, long tokens) {
    /// The sum of two.
    public Amount plus(Amount other) {
      return new Amount(documents + other.documents, bytes + other.bytes, tokens + other.tokens);
    }
  }

  /// What one reason left out.
  ///
  /// @param count documents, files or lines
  /// @param bytes their size as far as it was known or read
  /// @param examples the first few, with what was wrong
  public record Dropped(long count, long bytes, List<String> examples) {}

  /// One source.
  ///
  /// @param sha256 hash over the hashes of the documents kept, in the order read, those that are
  ///     held out and repeat training among them
  /// @param repaired documents whose bad bytes were replaced, and those bytes
  /// @param dropped what was left out, by reason
  public record Entry(
      String name,
      String licence,
      String origin,
      long documents,
      long bytes,
      long tokens,
      String sha256,
      Amount heldout,
      Dropped repaired,
      Map<String, Dropped> dropped) {}

  /// All sources together.
  ///
  /// @param dropped how many documents each reason left out
  public record Totals(
      long documents, long bytes, long tokens, Amount heldout, Map<String, Long> dropped) {}

  /// What was asked for.
  public record Settings(
      double heldoutShare,
      SplitOptions.HeldoutBy heldoutBy,
      double heldoutOverlap,
      double overlap,
      long maxBytes,
      List<String> include,
      boolean stripLicenceHeaders,
      String textField,
      int maxDocumentBytes,
      ReadOptions.LongDocuments longDocuments,
      ReadOptions.InvalidUtf8 invalidUtf8) {
    static Settings of(ReadOptions read, SplitOptions split) {
      return new Settings(
          split.heldoutShare(),
          split.heldoutBy(),
          split.heldoutOverlap(),
          split.overlap(),
          split.maxBytes(),
          read.include(),
          read.stripLicenceHeaders(),
          read.textField(),
          read.maxDocumentBytes(),
          read.longDocuments(),
          read.invalidUtf8());
    }
  }

  /// A ledger of these sources.
  static Ledger of(List<Entry> sources, Settings settings) {
    Amount all = new Amount(0, 0, 0);
    Amount heldout = all;
    Map<String, Long> dropped = new TreeMap<>();
    for (Entry entry : sources) {
      all = all.plus(new Amount(entry.documents, entry.bytes, entry.tokens));
      heldout = heldout.plus(entry.heldout);
      entry.dropped.forEach((reason, part) -> dropped.merge(reason, part.count, Long::sum));
    }
    Totals totals = new Totals(all.documents, all.bytes, all.tokens, heldout, dropped);
    return new Ledger(FORMAT, List.copyOf(sources), totals, settings);
  }
}
