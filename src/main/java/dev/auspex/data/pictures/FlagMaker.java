package dev.auspex.data.pictures;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A flag of two or three stripes, nine of ten with a shape on one of them: the stripes in order,
/// one stripe's colour, which way they run, what is on the flag.
///
/// Held out: two neighbouring stripes of certain colours at their places, run this or that way,
/// with a certain shape in a certain colour on a certain stripe (32,480 combinations). Two stripes
/// alone would be 336, few enough to learn by heart, so plain flags hold out nothing and are for
/// training only.
///
/// Neighbours differ in colour, as do a shape and its stripe. So no conversation asks about two
/// neighbours, or about a shape and a stripe.
final class FlagMaker implements PictureMaker {
  /// One flag in so many is plain.
  private static final int PLAIN = 10;

  private static final List<String> COLOURS = Canvas.STRIPE_COLOURS;

  /// A shape within a stripe.
  record Emblem(int shape, int colour, int stripe) {}

  /// @param stripes colours from the top, or from the left
  record Flag(boolean vertical, List<Integer> stripes, @Nullable Emblem emblem) {
    /// The first stripe that makes a held-out combination with the next; -1 where none does.
    int firstHeldOut() {
      for (int i = 0; emblem != null && i + 1 < stripes.size(); i++) {
        if (Combination.heldOut(
            stripes.size(),
            vertical ? 1 : 0,
            i,
            stripes.get(i),
            stripes.get(i + 1),
            emblem.shape,
            emblem.colour,
            emblem.stripe)) {
          return i;
        }
      }
      return -1;
    }
  }

  @Override
  public DrawnPicture make(SplittableRandom random, boolean heldout) {
    Flag flag = flag(random, heldout);
    List<Question> questions = heldout ? exam(random, flag) : talk(random, flag);
    return new DrawnPicture(drawn(random, flag).image(), questions);
  }

  /// A flag with a held-out combination, or without any. How many stripes it has and whether it is
  /// plain is drawn before, as three stripes hold more combinations than two.
  static Flag flag(SplittableRandom random, boolean heldout) {
    int count = random.nextInt(2, 4);
    boolean plain = !heldout && random.nextInt(PLAIN) == 0;
    Flag flag = flag(random, count, plain);
    while (flag.firstHeldOut() >= 0 != heldout) {
      flag = flag(random, count, plain);
    }
    return flag;
  }

  private static Flag flag(SplittableRandom random, int count, boolean plain) {
    List<Integer> stripes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      stripes.add(colourBut(random, i == 0 ? -1 : stripes.getLast()));
    }
    boolean vertical = random.nextInt(2) == 1;
    if (plain) {
      return new Flag(vertical, stripes, null);
    }
    int stripe = random.nextInt(count);
    int shape = random.nextInt(Canvas.SHAPES.size());
    return new Flag(
        vertical, stripes, new Emblem(shape, colourBut(random, stripes.get(stripe)), stripe));
  }

  private static int colourBut(SplittableRandom random, int other) {
    int colour = random.nextInt(COLOURS.size());
    return colour == other ? colourBut(random, other) : colour;
  }

  private static Canvas drawn(SplittableRandom random, Flag flag) {
    Canvas canvas = new Canvas(random);
    int width = random.nextInt(56, 61);
    int height = random.nextInt(42, 49);
    double left = (Canvas.SIZE - width) / 2.0 + random.nextInt(-1, 2);
    double top = (Canvas.SIZE - height) / 2.0 + random.nextInt(-4, 5);
    int count = flag.stripes.size();
    double across = flag.vertical ? (double) width / count : width;
    double down = flag.vertical ? height : (double) height / count;
    for (int i = 0; i < count; i++) {
      double x = flag.vertical ? left + i * across : left;
      double y = flag.vertical ? top : top + i * down;
      canvas.bar(flag.stripes.get(i), x, y, across, y + down);
      if (flag.emblem != null && flag.emblem.stripe == i) {
        Emblem emblem = flag.emblem;
        int radius = random.nextInt(5, 7); // within a stripe of 14
        canvas.shape(emblem.shape, emblem.colour, x + across / 2, y + down / 2, radius);
      }
    }
    canvas.frame(left, top, width, height);
    return canvas;
  }

  /// For training: the order, or stripes that do not touch, or what tells nothing of colours.
  private static List<Question> talk(SplittableRandom random, Flag flag) {
    int count = flag.stripes.size();
    return switch (random.nextInt(4)) { // half ask what is on it, which is found last
      case 0 -> List.of(order(flag));
      case 1 ->
          count == 3 && random.nextInt(2) == 0
              ? List.of(stripe(flag, 0), stripe(flag, 2))
              : List.of(stripe(flag, count == 3 ? 1 : random.nextInt(2)));
      default -> List.of(direction(flag), emblem(flag));
    };
  }

  private static List<Question> exam(SplittableRandom random, Flag flag) {
    int stripe = flag.firstHeldOut() + random.nextInt(2);
    return List.of(order(flag), stripe(flag, stripe), direction(flag), emblem(flag));
  }

  private static Question order(Flag flag) {
    return new Question(
        "flag",
        "What are the stripes, %s?".formatted(flag.vertical ? "left to right" : "top to bottom"),
        flag.stripes.stream().map(COLOURS::get).collect(Collectors.joining(", ")));
  }

  private static Question stripe(Flag flag, int stripe) {
    String place =
        stripe == 0
            ? flag.vertical ? "left" : "top"
            : stripe + 1 < flag.stripes.size() ? "middle" : flag.vertical ? "right" : "bottom";
    return new Question(
        "stripe",
        "What colour is the " + place + " stripe?",
        COLOURS.get(flag.stripes.get(stripe)));
  }

  private static Question direction(Flag flag) {
    return new Question(
        "direction",
        "Which way do the stripes run?",
        flag.vertical ? "vertically" : "horizontally");
  }

  private static Question emblem(Flag flag) {
    Emblem emblem = flag.emblem;
    return new Question(
        "emblem",
        "What is on the flag?",
        emblem == null
            ? "nothing"
            : COLOURS.get(emblem.colour) + " " + Canvas.SHAPES.get(emblem.shape));
  }
}
