package dev.auspex.data.pictures;

import java.util.List;
import java.util.SplittableRandom;

/// A word of letters of one script, drawn at random: what does it say? Held out: one word in ten.
///
/// A word that could as well be of another of the scripts (ABE is Latin, Greek and Cyrillic) is not
/// drawn.
final class WordMaker implements PictureMaker {
  private static final int SHARE = 10;

  private final List<Script> scripts;

  WordMaker(List<Script> scripts) {
    this.scripts = scripts;
  }

  static boolean heldOut(String word) {
    return Math.floorMod(word.hashCode(), SHARE) == 0;
  }

  /// The kind of question: scripts are examined apart.
  static String kind(Script script) {
    return script == Script.LATIN ? "ocr" : "ocr_" + script.label();
  }

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    Script script = scripts.get(scripts.size() == 1 ? 0 : random.nextInt(scripts.size()));
    String word = word(random, script);
    while (heldOut(word) != heldout || ambiguous(word, script)) {
      word = word(random, script);
    }
    Canvas canvas = new Canvas(random);
    int size = random.nextInt(16, 18);
    canvas.text(
        word,
        Canvas.SIZE / 2.0 + random.nextInt(-1, 2),
        Canvas.SIZE / 2.0 + random.nextInt(-4, 5),
        size);
    return new DrawnPicture(
        canvas.image(), List.of(new Question(kind(script), "What does the text say?", word)));
  }

  private static String word(SplittableRandom random, Script script) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < script.wordLength(); i++) {
      word.append(script.letters().charAt(random.nextInt(script.letters().length())));
    }
    return word.toString();
  }

  private boolean ambiguous(String word, Script script) {
    return scripts.stream().anyMatch(other -> other != script && other.couldSpell(word));
  }
}
