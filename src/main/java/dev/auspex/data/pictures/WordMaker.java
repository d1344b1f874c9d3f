package dev.auspex.data.pictures;

import java.util.List;
import java.util.SplittableRandom;

/// A word of six capital letters, drawn at random: what does it say? Held out: one word in ten.
final class WordMaker implements PictureMaker {
  private static final int LETTERS = 6;
  private static final int SHARE = 10;

  static boolean heldOut(String word) {
    return Math.floorMod(word.hashCode(), SHARE) == 0;
  }

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LETTERS; i++) {
      text.append((char) ('A' + random.nextInt(26)));
    }
    String word = text.toString();
    if (heldOut(word) != heldout) {
      return make(random, heldout);
    }
    Canvas canvas = new Canvas(random);
    int size = random.nextInt(16, 18);
    canvas.text(
        word,
        Canvas.SIZE / 2.0 + random.nextInt(-1, 2),
        Canvas.SIZE / 2.0 + random.nextInt(-4, 5),
        size);
    return new DrawnPicture(
        canvas.image(), List.of(new Question("ocr", "What does the text say?", word)));
  }
}
