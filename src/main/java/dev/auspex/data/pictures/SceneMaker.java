package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Different objects in different colours on a grid of three by three: what shape, which colour,
/// where, and a caption.
///
/// Held out: a shape in a colour at a place, and two objects on certain sides of each other.
final class SceneMaker implements PictureMaker {
  private static final int GRID = 3;
  private static final List<String> SIDES = List.of("left", "right", "above", "below");

  private record Thing(int shape, int colour, int cell) {
    int row() {
      return cell / GRID;
    }

    int column() {
      return cell % GRID;
    }

    String name() {
      return Canvas.COLOURS.get(colour) + " " + Canvas.SHAPES.get(shape);
    }
  }

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    boolean relation = heldout && random.nextInt(3) == 0;
    while (true) {
      List<Thing> things = things(random, relation || !heldout ? 0 : 1);
      List<Question> questions = heldout && relation ? relations(things, true) : asked(things);
      boolean sound = heldout ? !questions.isEmpty() : relations(things, true).isEmpty();
      if (sound) {
        Canvas canvas = new Canvas(random);
        things.forEach(thing -> draw(canvas, random, thing));
        List<Question> chosen =
            !heldout
                ? training(random, things)
                : relation ? questions : about(things.getFirst(), questions);
        return new DrawnPicture(canvas.image(), chosen);
      }
    }
  }

  /// Questions of which none answers another, as a conversation would otherwise be learned without
  /// looking: of each thing shape or colour, of each pair one direction; or a caption alone.
  private static List<Question> training(SplittableRandom random, List<Thing> things) {
    if (random.nextInt(5) == 0) {
      return List.of(caption(things));
    }
    List<Question> questions = new ArrayList<>();
    for (Thing thing : things) {
      questions.add(random.nextBoolean() ? shapeQuestion(thing) : colourQuestion(thing));
    }
    for (int i = 0; i + 1 < things.size(); i++) {
      for (Thing other : things.subList(i + 1, things.size())) {
        List<Question> both = relations(List.of(things.get(i), other), false);
        if (!both.isEmpty()) {
          questions.add(both.get(random.nextInt(both.size())));
        }
      }
    }
    return questions;
  }

  /// The questions of shape and colour about one thing.
  private static List<Question> about(Thing thing, List<Question> questions) {
    return questions.stream()
        .filter(q -> q.equals(shapeQuestion(thing)) || q.equals(colourQuestion(thing)))
        .toList();
  }

  /// Two to four things, no shape, colour or cell twice; the first `heldout` of a held-out triple.
  private static List<Thing> things(SplittableRandom random, int heldout) {
    int count = random.nextInt(2, 5);
    List<Thing> things = new ArrayList<>();
    while (things.size() < count) {
      Thing thing =
          new Thing(
              random.nextInt(Canvas.SHAPES.size()),
              random.nextInt(Canvas.COLOURS.size()),
              random.nextInt(GRID * GRID));
      boolean wanted =
          Combination.heldOut(thing.shape, thing.colour, thing.cell) == things.size() < heldout;
      boolean fresh =
          things.stream()
              .noneMatch(
                  t -> t.shape == thing.shape || t.colour == thing.colour || t.cell == thing.cell);
      if (wanted && fresh) {
        things.add(thing);
      }
    }
    return things;
  }

  private static void draw(Canvas canvas, SplittableRandom random, Thing thing) {
    double cell = (double) Canvas.SIZE / GRID;
    double x = (thing.column() + 0.5) * cell + random.nextInt(-1, 2);
    double y = (thing.row() + 0.5) * cell + random.nextInt(-1, 2);
    canvas.shape(thing.shape, thing.colour, x, y, random.nextInt(7, 10));
  }

  private static Question shapeQuestion(Thing thing) {
    String colour = Canvas.COLOURS.get(thing.colour);
    return new Question(
        "shape", "What shape is the " + colour + " object?", Canvas.SHAPES.get(thing.shape));
  }

  private static Question colourQuestion(Thing thing) {
    String shape = Canvas.SHAPES.get(thing.shape);
    return new Question(
        "colour", "What colour is the " + shape + "?", Canvas.COLOURS.get(thing.colour));
  }

  private static List<Question> asked(List<Thing> things) {
    List<Question> questions = new ArrayList<>();
    for (Thing thing : things) {
      questions.add(shapeQuestion(thing));
      questions.add(colourQuestion(thing));
    }
    return questions;
  }

  private static Question caption(List<Thing> things) {
    List<String> names =
        things.stream().sorted((a, b) -> Integer.compare(a.cell, b.cell)).map(Thing::name).toList();
    return new Question("caption", "Describe the picture.", String.join(", ", names));
  }

  private static List<Question> relations(List<Thing> things, boolean heldout) {
    List<Question> questions = new ArrayList<>();
    for (Thing a : things) {
      for (Thing b : things) {
        boolean sameRow = a.row() == b.row();
        boolean sameColumn = a.column() == b.column();
        if (a == b || sameRow == sameColumn) {
          continue;
        }
        int side = sameRow ? (a.column() < b.column() ? 0 : 1) : a.row() < b.row() ? 2 : 3;
        if (Combination.heldOut(a.shape, a.colour, b.shape, b.colour, side) == heldout) {
          questions.add(
              new Question(
                  "relation",
                  "Where is the %s from the %s?"
                      .formatted(Canvas.SHAPES.get(a.shape), Canvas.SHAPES.get(b.shape)),
                  SIDES.get(side)));
        }
      }
    }
    return questions;
  }
}
