package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A bar chart with a grid line at every unit: what is the value of a bar? Held out: a colour with
/// a value at a place among so many bars.
final class ChartMaker implements PictureMaker {
  private static final int MOST = 9;
  private static final double BOTTOM = 60;
  private static final double UNIT = 6;

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int bars = random.nextInt(2, 5);
    List<Integer> colours = new ArrayList<>();
    List<Integer> values = new ArrayList<>();
    int asked = random.nextInt(bars);
    while (colours.size() < bars) {
      int place = colours.size();
      int colour = random.nextInt(Canvas.COLOURS.size());
      int value = random.nextInt(1, MOST + 1);
      boolean wanted =
          Combination.heldOut(colour, value, place, bars) == (heldout && place == asked);
      if (wanted && !colours.contains(colour)) {
        colours.add(colour);
        values.add(value);
      }
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
      if (!heldout || i == asked) {
        questions.add(
            new Question(
                "chart",
                "What is the value of the %s bar?".formatted(Canvas.COLOURS.get(colours.get(i))),
                Integer.toString(values.get(i))));
      }
    }
    return new DrawnPicture(canvas.image(), questions);
  }
}
