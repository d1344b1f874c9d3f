package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/// Several objects of one shape among others: how many? Held out: two shapes in certain numbers
/// with one of them on certain places.
///
/// One question a picture, for the number of all objects and of one shape gives the other's; in
/// two pictures of five it is described or what stands where is asked instead.
final class CountMaker implements PictureMaker {
  private static final int MOST = 5;

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int numShapes = Canvas.SHAPES.size();
    int shape = random.nextInt(numShapes);
    int number = random.nextInt(1, MOST + 1);
    int other = (shape + random.nextInt(1, numShapes)) % numShapes;
    int others = random.nextInt(1, 4);
    List<Integer> cells = new ArrayList<>();
    for (int cell = 0; cell < Thing.CELLS; cell++) {
      cells.add(cell);
    }
    Collections.shuffle(cells, new Random(random.nextLong()));
    if ((heldOut(shape, cells.subList(0, number), other, others)
            || heldOut(other, cells.subList(number, number + others), shape, number))
        != heldout) {
      return make(random, heldout);
    }
    Canvas canvas = new Canvas(random);
    List<Thing> things = new ArrayList<>();
    for (int i = 0; i < number + others; i++) {
      int colour = random.nextInt(Canvas.COLOURS.size());
      things.add(new Thing(i < number ? shape : other, colour, cells.get(i)));
      things.getLast().draw(canvas, random);
    }
    List<Question> questions =
        switch (heldout ? 0 : random.nextInt(10)) {
          case 1 -> List.of(Thing.caption(things));
          case 2, 3, 4 -> things.stream().map(Thing::placeQuestion).toList();
          default -> List.of(question(shape, number));
        };
    return new DrawnPicture(canvas.image(), questions);
  }

  /// @param cells the places of the first shape
  private static boolean heldOut(int shape, List<Integer> cells, int other, int others) {
    int places = cells.stream().mapToInt(cell -> 1 << cell).sum();
    return Combination.heldOut(shape, places, other, others);
  }

  private static Question question(int shape, int number) {
    return new Question(
        "count",
        "How many " + plural(Canvas.SHAPES.get(shape)) + " are there?",
        Integer.toString(number));
  }

  private static String plural(String shape) {
    return shape.endsWith("s") ? shape + "es" : shape + "s";
  }
}
