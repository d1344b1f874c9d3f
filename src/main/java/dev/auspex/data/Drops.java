package dev.auspex.data;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What was left out of one source or repaired, and why: exact counts, a few examples, and a line
/// on the screen for the first of each kind.
///
/// Used by one thread. Its size does not grow with what it counts.
public final class Drops {
  private static final int EXAMPLES = 5;
  private static final int TOLD = 3;
  private static final int LINE_LENGTH = 300;

  private final String source;
  private final Progress screen;
  private final Map<DropReason, Tally> tallies = new EnumMap<>(DropReason.class);
  private final Tally repaired = new Tally();

  /// @param source name, for the lines on the screen
  /// @param screen where warnings go
  public Drops(String source, Progress screen) {
    this.source = source;
    this.screen = screen;
  }

  /// Counts one thing left out.
  ///
  /// @param where path, line or entry
  /// @param bytes its size where known, else what was read of it
  /// @param detail what was wrong, empty where the reason says all
  public void add(DropReason reason, String where, long bytes, String detail) {
    Tally tally = tallies.computeIfAbsent(reason, _ -> new Tally());
    String example = line(detail.isEmpty() ? where : where + ": " + detail);
    tally.add(bytes, example);
    if (reason.told()) {
      tell(tally, reason.key(), "dropped (" + reason.key() + "): " + example);
    }
  }

  /// Counts one document whose bad bytes were replaced.
  public void repaired(String where, long badBytes) {
    String example = line(where + ": " + badBytes + " bytes were not UTF-8");
    repaired.add(badBytes, example);
    tell(repaired, "repaired", "repaired: " + example);
  }

  private void tell(Tally tally, String key, String text) {
    if (tally.count <= TOLD) {
      screen.warn(source + ": " + text);
    } else if (tally.count == TOLD + 1) {
      screen.warn(source + ": more like this (" + key + "); the ledger counts them");
    }
  }

  /// One printable line of bounded length; names in archives may hold anything.
  private static String line(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= LINE_LENGTH
        ? printable
        : printable.substring(0, LINE_LENGTH) + "...";
  }

  /// What was left out, by reason.
  public Map<String, Ledger.Dropped> dropped() {
    Map<String, Ledger.Dropped> result = new TreeMap<>();
    tallies.forEach((reason, tally) -> result.put(reason.key(), tally.total()));
    return result;
  }

  /// What was repaired; its bytes are the bad ones.
  public Ledger.Dropped repaired() {
    return repaired.total();
  }

  private static final class Tally {
    private long count;
    private long bytes;
    private final List<String> examples = new ArrayList<>();

    void add(long size, String example) {
      count++;
      bytes += size;
      if (examples.size() < EXAMPLES) {
        examples.add(example);
      }
    }

    Ledger.Dropped total() {
      return new Ledger.Dropped(count, bytes, List.copyOf(examples));
    }
  }
}
