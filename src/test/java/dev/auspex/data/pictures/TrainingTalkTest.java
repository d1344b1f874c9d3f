package dev.auspex.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What a conversation about scenes and counted things gives away, and whether it is true.
class TrainingTalkTest {
  private static final int MANY = 2000;
  private static final Pattern PLACE = Pattern.compile("What is in row (\\d), column (\\d)\\?");

  @Test
  void whatIsSaidToStandAtAPlaceHasItsColourThere() {
    int asked = 0;
    for (PictureMaker maker : List.of(new SceneMaker(), new CountMaker())) {
      SplittableRandom random = new SplittableRandom(5);
      for (int i = 0; i < MANY; i++) {
        DrawnPicture drawn = maker.make(random, false);
        for (Question question : drawn.questions()) {
          Matcher place = PLACE.matcher(question.prompt());
          if (place.matches()) {
            int y = Integer.parseInt(place.group(1)) * 16 - 8;
            int x = Integer.parseInt(place.group(2)) * 16 - 8;
            int colour = Canvas.COLOURS.indexOf(question.answer().split(" ")[0]);
            assertTrue(
                shows(drawn.image(), x, y, colour), () -> question + " among " + drawn.questions());
            asked++;
          }
        }
      }
    }
    assertTrue(asked > MANY, () -> "too few places asked about");
  }

  /// Whether a pixel near the place has the colour; a cross with jitter may miss the middle one.
  private static boolean shows(BufferedImage image, int x, int y, int colour) {
    Color wanted = new Canvas(new SplittableRandom(1)).colour(colour);
    for (int i = 0; i < 9; i++) {
      Color seen = new Color(image.getRGB(x - 1 + i % 3, y - 1 + i / 3));
      if (distance(wanted, seen) <= 2 * 12) {
        return true;
      }
    }
    return false;
  }

  private static int distance(Color a, Color b) {
    int red = Math.abs(a.getRed() - b.getRed());
    int green = Math.abs(a.getGreen() - b.getGreen());
    return Math.max(Math.max(red, green), Math.abs(a.getBlue() - b.getBlue()));
  }

  @Test
  void conversationsAskOneKindAndAnswersMayRepeat() {
    SplittableRandom random = new SplittableRandom(6);
    Map<String, Integer> repeated = new TreeMap<>();
    for (int i = 0; i < MANY; i++) {
      List<Question> questions = new SceneMaker().make(random, false).questions();
      Set<String> kinds = questions.stream().map(Question::kind).collect(Collectors.toSet());
      assertEquals(1, kinds.size(), questions::toString);
      Set<String> answers = questions.stream().map(Question::answer).collect(Collectors.toSet());
      Set<String> prompts = questions.stream().map(Question::prompt).collect(Collectors.toSet());
      assertEquals(questions.size(), prompts.size(), questions::toString);
      repeated.merge(
          kinds.iterator().next(), answers.size() < questions.size() ? 1 : 0, Integer::sum);
    }
    for (String kind : List.of("colour", "shape", "relation")) {
      assertTrue(
          repeated.get(kind) > 20, () -> kind + ": an answer rules itself out of the others");
    }
  }

  @Test
  void theExamAsksWithoutAmbiguity() {
    SplittableRandom random = new SplittableRandom(7);
    Set<String> kinds = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      List<Question> questions = new SceneMaker().make(random, true).questions();
      Set<String> prompts = questions.stream().map(Question::prompt).collect(Collectors.toSet());
      assertEquals(questions.size(), prompts.size(), questions::toString);
      questions.forEach(question -> kinds.add(question.kind()));
    }
    assertEquals(Set.of("shape", "colour", "relation"), kinds);
  }
}
