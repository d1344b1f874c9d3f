package dev.auspex.cli;

import dev.auspex.io.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Progress on standard error: a bar with rate and time left on a terminal, else a line every five
/// seconds.
///
/// Work that ends within two seconds shows nothing. The rate counts from the first update, so a
/// resumed run does not take credit for its earlier steps. One thread at a time.
public final class TerminalProgress implements Progress {
  private static final long SHOW_AFTER_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long LINE_EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintStream out;
  private final int columns;
  private final LongSupplier nanoClock;

  private String name = "";
  private String unit = "";
  private long total;
  private long startNanos;
  private long firstDone = -1;
  private long lastDone;
  private long lastLineNanos;
  private boolean shown;
  private @Nullable ProgressBar bar;

  /// @param out where to draw
  /// @param columns the terminal's width, 0 when `out` is no terminal
  /// @param nanoClock elapsed nanoseconds from any origin
  TerminalProgress(PrintStream out, int columns, LongSupplier nanoClock) {
    this.out = out;
    this.columns = columns;
    this.nanoClock = nanoClock;
  }

  /// Progress on this process's standard error.
  ///
  /// The launcher, which can ask whether standard error is a terminal, passes its width in the
  /// system property `auspex.columns`; without the property the JVM's own answer decides.
  public static TerminalProgress create() {
    boolean terminal = System.console() != null && System.console().isTerminal();
    int columns = Integer.getInteger("auspex.columns", terminal ? 80 : 0);
    return new TerminalProgress(System.err, columns, System::nanoTime);
  }

  @Override
  public void start(String name, long total, String unit) {
    closeBar();
    this.name = name;
    this.total = total;
    this.unit = unit;
    startNanos = nanoClock.getAsLong();
    lastLineNanos = startNanos;
    firstDone = -1;
    lastDone = 0;
    shown = false;
  }

  @Override
  public void update(long done, String note) {
    long now = nanoClock.getAsLong();
    if (firstDone < 0) {
      firstDone = done;
      startNanos = now;
    }
    lastDone = done;
    if (now - startNanos < SHOW_AFTER_NANOS) {
      return;
    }
    if (columns > 0) {
      drawBar(done, note, now);
    } else if (!shown || now - lastLineNanos >= LINE_EVERY_NANOS) {
      lastLineNanos = now;
      printLine(done, note, now);
    }
    shown = true;
  }

  @Override
  public void finish() {
    closeBar();
    if (shown && columns <= 0) {
      long now = nanoClock.getAsLong();
      out.println(
          "%s: done, %s in %s"
              .formatted(name, amount(lastDone), duration((now - startNanos) / 1_000_000_000)));
    }
    shown = false;
  }

  @Override
  public void warn(String line) {
    out.println(bar == null ? line : "\r\u001b[K" + line);
    out.flush();
  }

  private void drawBar(long done, String note, long now) {
    ProgressBar drawn = bar;
    if (drawn == null) {
      drawn = newBar(done, Duration.ofNanos(now - startNanos));
      bar = drawn;
    }
    drawn.setExtraMessage(note.isEmpty() ? "" : " " + note);
    drawn.stepTo(done);
  }

  private ProgressBar newBar(long done, Duration elapsed) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(total > 0 ? total : -1)
        .setUnit(unit.isEmpty() ? "" : " " + unit, 1)
        .showSpeed()
        .startsFrom(done, elapsed)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(250)
        .setConsumer(new ConsoleProgressBarConsumer(out, columns - 1))
        .build();
  }

  private void closeBar() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private void printLine(long done, String note, long now) {
    double rate = (done - firstDone) / ((now - startNanos) / 1e9);
    StringBuilder line = new StringBuilder(name).append(": ");
    if (total > 0) {
      line.append(
          String.format(Locale.ROOT, "%,d/%s (%d%%)", done, amount(total), 100 * done / total));
    } else {
      line.append(amount(done));
    }
    if (rate > 0) {
      line.append(String.format(Locale.ROOT, rate < 100 ? ", %.1f/s" : ", %,.0f/s", rate));
      if (total > done) {
        line.append(", ").append(duration((long) ((total - done) / rate))).append(" left");
      }
    }
    if (!note.isEmpty()) {
      line.append("; ").append(note);
    }
    out.println(line);
    out.flush();
  }

  private String amount(long count) {
    String number = String.format(Locale.ROOT, "%,d", count);
    return unit.isEmpty() ? number : number + " " + unit;
  }

  private static String duration(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
