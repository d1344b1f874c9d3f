package dev.auspex.data.pictures;

import java.util.List;
import java.util.Locale;

/// Kinds of pictures that are drawn; each has its own kinds of questions.
public enum PictureKind {
  SCENES,
  COUNTS,
  CHARTS,
  WORDS,
  DIAGRAMS,
  FLAGS;

  /// As it is written in a mix.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// What draws it.
  ///
  /// @param scripts of words
  PictureMaker maker(List<Script> scripts) {
    return switch (this) {
      case SCENES -> new SceneMaker();
      case COUNTS -> new CountMaker();
      case CHARTS -> new ChartMaker();
      case WORDS -> new WordMaker(scripts);
      case DIAGRAMS -> new DiagramMaker();
      case FLAGS -> new FlagMaker();
    };
  }
}
