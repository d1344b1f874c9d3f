package dev.auspex.data.pictures;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// An object on a grid of four by four.
///
/// @param shape index of {@link Canvas#SHAPES}
/// @param colour index of {@link Canvas#COLOURS}
/// @param cell number of its cell, row by row
record Thing(int shape, int colour, int cell) {
  private static final int GRID = 4;

  /// How many cells there are.
  static final int CELLS = GRID * GRID;

  int row() {
    return cell / GRID;
  }

  int column() {
    return cell % GRID;
  }

  /// Draws it near the middle of its cell.
  void draw(Canvas canvas, SplittableRandom random) {
    double side = (double) Canvas.SIZE / GRID;
    double x = (column() + 0.5) * side + random.nextInt(-1, 2);
    double y = (row() + 0.5) * side + random.nextInt(-1, 2);
    canvas.shape(shape, colour, x, y, random.nextInt(5, 8));
  }

  /// What stands at its place.
  Question placeQuestion() {
    return new Question(
        "place",
        "What is in row %d, column %d?".formatted(row() + 1, column() + 1),
        Canvas.COLOURS.get(colour) + " " + Canvas.SHAPES.get(shape));
  }

  /// All of them by colour and shape, row by row.
  static Question caption(List<Thing> things) {
    String names =
        things.stream()
            .sorted(Comparator.comparingInt(Thing::cell))
            .map(thing -> Canvas.COLOURS.get(thing.colour) + " " + Canvas.SHAPES.get(thing.shape))
            .collect(Collectors.joining(", "));
    return new Question("caption", "Describe the picture.", names);
  }
}
