package dev.auspex.report;

import java.util.List;

/// A piece of a section, in plain text; renderers escape and lay out.
sealed interface Block {
  /// A paragraph.
  record Paragraph(String text) implements Block {}

  /// Things a reader must not overlook, one line each.
  record Notes(List<String> lines) implements Block {}

  /// A few large figures with a word below each.
  record Figures(List<Figure> figures) implements Block {}

  /// One large figure.
  ///
  /// @param value the figure
  /// @param label what it is
  /// @param mood whether it is good or bad news, or neither
  record Figure(String value, String label, Mood mood) {}

  /// Good news, bad news, or neither.
  enum Mood {
    GOOD,
    BAD,
    NEUTRAL
  }

  /// A table; columns of numbers are set to the right.
  record Table(List<String> header, List<List<String>> rows) implements Block {}

  /// A picture in two colourings.
  record Picture(String name, String caption, Chart chart) implements Block {}

  /// Text as it is in a file.
  record Verbatim(String text) implements Block {}

  /// What the model wrote after a prompt.
  record Sample(String prompt, String text, String settings) implements Block {}
}
