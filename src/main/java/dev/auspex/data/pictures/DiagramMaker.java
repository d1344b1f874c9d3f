package dev.auspex.data.pictures;

import java.util.List;
import java.util.SplittableRandom;

/// Three lettered boxes and one arrow: where does it lead? Held out: two letters at certain places.
final class DiagramMaker implements PictureMaker {
  private static final int LETTERS = 8;
  private static final double[][] PLACES = {{14, 14}, {50, 14}, {32, 50}};
  private static final double HALF = 9;
  private static final double GAP = 11;

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int from = random.nextInt(LETTERS);
    int to = random.nextInt(LETTERS);
    int other = random.nextInt(LETTERS);
    int start = random.nextInt(3);
    int end = (start + random.nextInt(1, 3)) % 3;
    if (from == to
        || from == other
        || to == other
        || Combination.heldOut(from, to, start, end) != heldout) {
      return make(random, heldout);
    }
    Canvas canvas = new Canvas(random);
    for (int place = 0; place < 3; place++) {
      int letter = place == start ? from : place == end ? to : other;
      canvas.box(PLACES[place][0], PLACES[place][1], HALF);
      canvas.text(name(letter), PLACES[place][0], PLACES[place][1], 14);
    }
    double dx = PLACES[end][0] - PLACES[start][0];
    double dy = PLACES[end][1] - PLACES[start][1];
    double length = Math.max(Math.abs(dx), Math.abs(dy));
    double cut = GAP / length;
    canvas.arrow(
        PLACES[start][0] + dx * cut,
        PLACES[start][1] + dy * cut,
        PLACES[end][0] - dx * cut,
        PLACES[end][1] - dy * cut);
    return new DrawnPicture(
        canvas.image(),
        List.of(
            new Question(
                "diagram", "Where does the arrow from " + name(from) + " lead?", name(to))));
  }

  private static String name(int letter) {
    return String.valueOf((char) ('A' + letter));
  }
}
