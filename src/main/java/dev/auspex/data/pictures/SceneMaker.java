package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Objects on a grid of four by four: what shape, which colour, where, and a caption.
///
/// Held out: two objects, each of a shape in a colour at a place. In the exam no shape and no
/// colour comes twice. In training one of both may, so that a conversation can ask one thing of
/// every object and yet no answer rules another out.
final class SceneMaker implements PictureMaker {
  /// How many things a picture has, drawn from these. How many there are is decided before what
  /// is held out: pictures with more things hold more pairs, so that training would otherwise have
  /// mostly those with few, and the exam those with many.
  private static final int[] COUNTS = {1, 2, 2, 2, 3, 3, 3, 4, 4, 4};

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int count = COUNTS[random.nextInt(heldout ? 1 : 0, COUNTS.length)];
    boolean byShape = random.nextInt(3) > 0;
    while (true) {
      List<Thing> things = things(random, count, heldout || byShape, heldout || !byShape);
      List<List<Thing>> unseen = pairs(things).stream().filter(SceneMaker::heldOut).toList();
      if (unseen.isEmpty() != heldout) {
        Canvas canvas = new Canvas(random);
        things.forEach(thing -> thing.draw(canvas, random));
        List<Question> questions =
            heldout ? about(unseen.getFirst()) : training(random, things, byShape);
        return new DrawnPicture(canvas.image(), questions);
      }
    }
  }

  private static boolean heldOut(List<Thing> pair) {
    Thing a = pair.getFirst();
    Thing b = pair.getLast();
    return Combination.heldOut(a.shape(), a.colour(), a.cell(), b.shape(), b.colour(), b.cell());
  }

  /// All pairs, the thing in the earlier cell first.
  private static List<List<Thing>> pairs(List<Thing> things) {
    List<List<Thing>> pairs = new ArrayList<>();
    for (Thing a : things) {
      for (Thing b : things) {
        if (a.cell() < b.cell()) {
          pairs.add(List.of(a, b));
        }
      }
    }
    return pairs;
  }

  /// Questions of one kind, of which none answers another, as a conversation would otherwise be
  /// learned without looking.
  ///
  /// @param byShape whether no shape comes twice; else no colour does
  private static List<Question> training(
      SplittableRandom random, List<Thing> things, boolean byShape) {
    return switch (random.nextInt(10)) {
      case 0 -> List.of(Thing.caption(things));
      case 1, 2, 3 -> things.stream().map(Thing::placeQuestion).toList();
      case 4, 5, 6 -> relationsOr(random, things, byShape);
      default -> lookups(things, byShape);
    };
  }

  private static List<Question> lookups(List<Thing> things, boolean byShape) {
    return things.stream()
        .map(thing -> byShape ? colourQuestion(thing) : shapeQuestion(thing))
        .toList();
  }

  /// One direction of every pair of different shapes that stands in a line; colours or shapes where
  /// there is none.
  private static List<Question> relationsOr(
      SplittableRandom random, List<Thing> things, boolean byShape) {
    List<Question> questions = new ArrayList<>();
    for (List<Thing> pair : byShape ? pairs(things) : List.<List<Thing>>of()) {
      List<Question> both = relations(pair);
      if (!both.isEmpty()) {
        questions.add(both.get(random.nextInt(both.size())));
      }
    }
    return questions.isEmpty() ? lookups(things, byShape) : questions;
  }

  /// All that can be asked of two things.
  private static List<Question> about(List<Thing> pair) {
    List<Question> questions = new ArrayList<>(relations(pair));
    for (Thing thing : pair) {
      questions.add(shapeQuestion(thing));
      questions.add(colourQuestion(thing));
    }
    return questions;
  }

  /// Things of which no cell comes twice.
  ///
  /// @param shapes whether no shape comes twice either
  /// @param colours whether no colour comes twice either
  private static List<Thing> things(
      SplittableRandom random, int count, boolean shapes, boolean colours) {
    List<Thing> things = new ArrayList<>();
    while (things.size() < count) {
      Thing thing =
          new Thing(
              random.nextInt(Canvas.SHAPES.size()),
              random.nextInt(Canvas.COLOURS.size()),
              random.nextInt(Thing.CELLS));
      if (things.stream()
          .noneMatch(
              t ->
                  shapes && t.shape() == thing.shape()
                      || colours && t.colour() == thing.colour()
                      || t.cell() == thing.cell())) {
        things.add(thing);
      }
    }
    return things;
  }

  private static Question shapeQuestion(Thing thing) {
    String colour = Canvas.COLOURS.get(thing.colour());
    return new Question(
        "shape", "What shape is the " + colour + " object?", Canvas.SHAPES.get(thing.shape()));
  }

  private static Question colourQuestion(Thing thing) {
    String shape = Canvas.SHAPES.get(thing.shape());
    return new Question(
        "colour", "What colour is the " + shape + "?", Canvas.COLOURS.get(thing.colour()));
  }

  /// Both directions of two things in one row or one column; else none.
  private static List<Question> relations(List<Thing> pair) {
    Thing a = pair.getFirst();
    Thing b = pair.getLast();
    if (a.row() == b.row()) {
      return List.of(relation(a, b, "left"), relation(b, a, "right"));
    }
    if (a.column() == b.column()) {
      return List.of(relation(a, b, "above"), relation(b, a, "below"));
    }
    return List.of();
  }

  private static Question relation(Thing a, Thing b, String side) {
    return new Question(
        "relation",
        "Where is the %s from the %s?"
            .formatted(Canvas.SHAPES.get(a.shape()), Canvas.SHAPES.get(b.shape())),
        side);
  }
}
