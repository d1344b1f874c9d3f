package dev.auspex.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is said of flags, against their pixels; what is held out; what conversations give away.
class FlagMakerTest {
  private static final int MANY = 3000;
  private static final List<Color> WANTED = wanted();

  private static List<Color> wanted() {
    Canvas canvas = new Canvas(new SplittableRandom(1));
    return IntStream.range(0, Canvas.STRIPE_COLOURS.size()).mapToObj(canvas::colour).toList();
  }

  /// Names of colours along a line of pixels, each as often as it begins; mixed pixels are left
  /// out.
  private static List<String> along(BufferedImage image, int x, int y, boolean down) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < (down ? 33 : 52); i++) {
      String name = colour(down ? image.getRGB(x, y + i) : image.getRGB(x + i, y));
      if (!name.isEmpty() && (names.isEmpty() || !names.getLast().equals(name))) {
        names.add(name);
      }
    }
    return names;
  }

  private static String colour(int rgb) {
    Color seen = new Color(rgb);
    for (int i = 0; i < Canvas.STRIPE_COLOURS.size(); i++) {
      Color wanted = WANTED.get(i);
      int red = Math.abs(wanted.getRed() - seen.getRed());
      int green = Math.abs(wanted.getGreen() - seen.getGreen());
      int blue = Math.abs(wanted.getBlue() - seen.getBlue());
      if (Math.max(red, Math.max(green, blue)) <= 2 * 12) {
        return Canvas.STRIPE_COLOURS.get(i);
      }
    }
    return "";
  }

  /// Columns and rows that lie in every flag and beside every shape on it.
  private static List<String> fromTop(BufferedImage image) {
    return along(image, 14, 16, true);
  }

  private static List<String> fromLeft(BufferedImage image) {
    return along(image, 6, 18, false);
  }

  @Test
  void answersAreWhatPixelsShow() {
    for (boolean heldout : new boolean[] {false, true}) {
      SplittableRandom random = new SplittableRandom(11);
      Map<String, Integer> asked = new TreeMap<>();
      for (int i = 0; i < MANY; i++) {
        DrawnPicture drawn = new FlagMaker().make(random, heldout);
        for (Question question : drawn.questions()) {
          assertTrue(shows(drawn.image(), question), question::toString);
          asked.merge(question.kind(), 1, Integer::sum);
        }
      }
      assertEquals(Set.of("flag", "stripe", "direction", "emblem"), asked.keySet());
      asked.forEach((kind, count) -> assertTrue(count > MANY / 5, () -> kind + " " + count));
    }
  }

  private static boolean shows(BufferedImage image, Question question) {
    String prompt = question.prompt();
    String answer = question.answer();
    return switch (question.kind()) {
      case "flag" ->
          answer.equals(
              String.join(", ", prompt.contains("top") ? fromTop(image) : fromLeft(image)));
      case "stripe" ->
          answer.equals(
              prompt.contains(" top ")
                  ? fromTop(image).getFirst()
                  : prompt.contains(" bottom ")
                      ? fromTop(image).getLast()
                      : prompt.contains(" left ")
                          ? fromLeft(image).getFirst()
                          : prompt.contains(" right ")
                              ? fromLeft(image).getLast()
                              : vertical(image) ? fromLeft(image).get(1) : fromTop(image).get(1));
      case "direction" -> answer.equals(vertical(image) ? "vertically" : "horizontally");
      case "emblem" -> answer.equals("nothing") || drawn(image).contains(answer.split(" ")[0]);
      default -> false;
    };
  }

  /// Whether two rows, above and below what is on the flag, are the same. Where outer stripes are
  /// of one colour, columns are too, and one of both shows the other stripe.
  private static boolean vertical(BufferedImage image) {
    boolean rows = fromLeft(image).equals(along(image, 6, 46, false));
    boolean columns = fromTop(image).equals(along(image, 50, 16, true));
    return rows && (!columns || fromLeft(image).size() > 1);
  }

  /// All colours between the left and right edges of the flag.
  private static Set<String> drawn(BufferedImage image) {
    Set<String> names = new TreeSet<>();
    for (int y = 0; y < Canvas.SIZE; y++) {
      names.addAll(along(image, 6, y, false));
    }
    return names;
  }

  /// Two neighbouring stripes at their places, and what is on the flag.
  private static Set<List<Object>> combinations(FlagMaker.Flag flag) {
    Set<List<Object>> combinations = new HashSet<>();
    FlagMaker.Emblem emblem = flag.emblem();
    for (int i = 0; emblem != null && i + 1 < flag.stripes().size(); i++) {
      combinations.add(
          List.of(
              flag.stripes().size(),
              flag.vertical(),
              i,
              flag.stripes().get(i),
              flag.stripes().get(i + 1),
              emblem));
    }
    return combinations;
  }

  @Test
  void combinationsOfTheExamNeverOccurInTraining() {
    SplittableRandom random = new SplittableRandom(12);
    Set<List<Object>> seen = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      seen.addAll(combinations(FlagMaker.flag(random, false)));
    }
    assertEquals(32_480 * 5 / 6, seen.size(), 300, "combinations that training shows");
    for (int i = 0; i < MANY; i++) {
      FlagMaker.Flag flag = FlagMaker.flag(random, true);
      int first = flag.firstHeldOut();
      List<List<Object>> unseen =
          combinations(flag).stream().filter(c -> c.get(2).equals(first)).toList();
      assertEquals(1, unseen.size(), flag::toString);
      assertFalse(seen.contains(unseen.getFirst()), flag::toString);
    }
  }

  @Test
  void noTurnOfAConversationRulesAnAnswerOut() {
    SplittableRandom random = new SplittableRandom(13);
    int repeated = 0;
    for (int i = 0; i < MANY; i++) {
      List<Question> questions = new FlagMaker().make(random, false).questions();
      Set<String> kinds = questions.stream().map(Question::kind).collect(Collectors.toSet());
      Set<String> prompts = questions.stream().map(Question::prompt).collect(Collectors.toSet());
      if (kinds.equals(Set.of("stripe")) && prompts.size() == 2) {
        boolean apart =
            prompts.equals(
                    Set.of("What colour is the top stripe?", "What colour is the bottom stripe?"))
                || prompts.equals(
                    Set.of("What colour is the left stripe?", "What colour is the right stripe?"));
        assertTrue(apart, prompts::toString);
        repeated += questions.getFirst().answer().equals(questions.getLast().answer()) ? 1 : 0;
      } else {
        assertTrue(
            prompts.size() == 1 || kinds.equals(Set.of("direction", "emblem")), prompts::toString);
      }
    }
    assertTrue(repeated > 20, "outer stripes must be of one colour at times");
  }
}
