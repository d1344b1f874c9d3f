package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Different objects in different colours on a grid of three by three: what shape, which colour,
/// where, and a caption.
///
/// Held out: two objects, each of a shape in a colour at a place.
final class SceneMaker implements PictureMaker {
  /// How many things a picture has, drawn from these. How many there are is decided before what
  /// is held out: pictures with more things hold more pairs, so that training would otherwise have
  /// mostly those with few, and the exam those with many.
  private static final int[] COUNTS = {1, 2, 2, 2, 3, 3, 3, 4, 4, 4};

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    int count = COUNTS[random.nextInt(heldout ? 1 : 0, COUNTS.length)];
    while (true) {
      List<Thing> things = things(random, count);
      List<List<Thing>> unseen = pairs(things).stream().filter(SceneMaker::heldOut).toList();
      if (unseen.isEmpty() != heldout) {
        Canvas canvas = new Canvas(random);
        things.forEach(thing -> thing.draw(canvas, random));
        List<Question> questions = heldout ? about(unseen.getFirst()) : training(random, things);
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

  /// Questions of which none answers another, as a conversation would otherwise be learned without
  /// looking: of each thing shape or colour, of each pair one direction; or a caption alone. Half
  /// of the pictures have one question, for the turns before still rule answers out.
  private static List<Question> training(SplittableRandom random, List<Thing> things) {
    if (random.nextInt(4) == 0) {
      return List.of(Thing.caption(things));
    }
    List<Question> questions = new ArrayList<>();
    for (Thing thing : things) {
      questions.add(random.nextBoolean() ? shapeQuestion(thing) : colourQuestion(thing));
    }
    for (List<Thing> pair : pairs(things)) {
      List<Question> both = relations(pair);
      if (!both.isEmpty()) {
        questions.add(both.get(random.nextInt(both.size())));
      }
    }
    return random.nextBoolean()
        ? questions
        : List.of(questions.get(random.nextInt(questions.size())));
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

  /// Things of which no shape, colour or cell comes twice.
  private static List<Thing> things(SplittableRandom random, int count) {
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
                  t.shape() == thing.shape()
                      || t.colour() == thing.colour()
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
