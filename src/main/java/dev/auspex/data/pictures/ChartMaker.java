package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A bar chart with a grid line at every unit: what is the value of a bar? Held out: two neighbours
/// of certain colours and values at a place among so many bars.
final class ChartMaker implements PictureMaker {
  private static final int MOST = 9;
  private static final double BOTTOM = 60;
  private static final double UNIT = 6;

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int bars = random.nextInt(2, 5);
    List<Integer> colours = new ArrayList<>();
    List<Integer> values = new ArrayList<>();
    while (colours.size() < bars) {
      int colour = random.nextInt(Canvas.COLOURS.size());
      if (!colours.contains(colour)) {
        colours.add(colour);
        values.add(random.nextInt(1, MOST + 1));
      }
    }
    int unseen = firstHeldOut(colours, values);
    if (unseen >= 0 != heldout) {
      return make(random, heldout);
    }
    Canvas canvas = new Canvas(random);
    for (int value = 0; value <= MOST; value++) {
      canvas.line(value == 0 ? 40 : 205, 4, BOTTOM - UNIT * value, 62, BOTTOM - UNIT * value);
    }
    canvas.line(40, 4, 4, 4, BOTTOM);
    double pitch = 56.0 / bars;
    for (int i = 0; i < bars; i++) {
      double x = 6 + i * pitch + 1;
      canvas.bar(colours.get(i), x, BOTTOM - UNIT * values.get(i), Math.min(12, pitch - 3), BOTTOM);
    }
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < bars; i++) {
      if (!heldout || i == unseen || i == unseen + 1) {
        questions.add(
            new Question(
                "chart",
                "What is the value of the %s bar?".formatted(Canvas.COLOURS.get(colours.get(i))),
                Integer.toString(values.get(i))));
      }
    }
    return new DrawnPicture(canvas.image(), questions);
  }

  /// The first bar that makes a held-out pair with the next; -1 where none does.
  private static int firstHeldOut(List<Integer> colours, List<Integer> values) {
    for (int i = 0; i + 1 < colours.size(); i++) {
      if (Combination.heldOut(
          colours.get(i),
          values.get(i),
          colours.get(i + 1),
          values.get(i + 1),
          i,
          colours.size())) {
        return i;
      }
    }
    return -1;
  }
}
