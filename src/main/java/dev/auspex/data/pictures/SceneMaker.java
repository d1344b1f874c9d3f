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
    if (heldout) {
      int count = COUNTS[random.nextInt(1, COUNTS.length)];
      while (true) {
        List<Thing> things = things(random, count, true, true);
        List<List<Thing>> unseen = unseen(things);
        if (!unseen.isEmpty()) {
          return drawn(random, things, about(unseen.getFirst()));
        }
      }
    }
    return random.nextInt(5) < 2 ? related(random) : described(random);
  }

  /// For training: pairs that stand in a line, one direction of each.
  private static DrawnPicture related(SplittableRandom random) {
    int count = COUNTS[random.nextInt(1, COUNTS.length)];
    while (true) {
      List<Thing> things = things(random, count, true, false);
      List<Question> questions = new ArrayList<>();
      for (List<Thing> pair : pairs(things)) {
        List<Question> both = relations(pair);
        if (!both.isEmpty()) {
          questions.add(both.get(random.nextInt(both.size())));
        }
      }
      if (!questions.isEmpty() && unseen(things).isEmpty()) {
        return drawn(random, things, questions);
      }
    }
  }

  /// For training: a caption, or what stands at each place, or each shape's colour, or each
  /// colour's shape.
  private static DrawnPicture described(SplittableRandom random) {
    int count = COUNTS[random.nextInt(COUNTS.length)];
    boolean byShape = random.nextInt(3) > 0;
    while (true) {
      List<Thing> things = things(random, count, byShape, !byShape);
      if (unseen(things).isEmpty()) {
        List<Question> questions =
            switch (random.nextInt(6)) {
              case 0 -> List.of(Thing.caption(things));
              case 1, 2 -> things.stream().map(Thing::placeQuestion).toList();
              default ->
                  things.stream()
                      .map(thing -> byShape ? colourQuestion(thing) : shapeQuestion(thing))
                      .toList();
            };
        return drawn(random, things, questions);
      }
    }
  }

  private static DrawnPicture drawn(
      SplittableRandom random, List<Thing> things, List<Question> questions) {
    Canvas canvas = new Canvas(random);
    things.forEach(thing -> thing.draw(canvas, random));
    return new DrawnPicture(canvas.image(), questions);
  }

  private static List<List<Thing>> unseen(List<Thing> things) {
    return pairs(things).stream().filter(SceneMaker::heldOut).toList();
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
