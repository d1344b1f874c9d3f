package dev.auspex.io;

/// Where a long piece of work says how far it is; the command line draws it, tests ignore it.
///
/// Called from the thread that does the work. `total` and `done` are in `unit`.
public interface Progress {
  /// Tells nobody.
  Progress NONE =
      new Progress() {
        @Override
        public void start(String name, long total, String unit) {}

        @Override
        public void update(long done, String note) {}

        @Override
        public void finish() {}

        @Override
        public void warn(String line) {}
      };

  /// Begins a stage of `total` units (0 where unknown).
  void start(String name, long total, String unit);

  /// `done` units so far; `note` is a short remark such as the loss.
  void update(long done, String note);

  /// The stage is over.
  void finish();

  /// A line the user should see although the work goes on.
  void warn(String line);
}
