package dev.auspex.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.auspex.config.ConfigException;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordMakerTest {
  private static final int MANY = 3000;
  private static final List<Script> THREE = List.of(Script.LATIN, Script.GREEK, Script.CYRILLIC);

  /// The pixels of one letter, always on the same ground in the same ink.
  private static List<Integer> pixels(char letter) {
    Canvas canvas = new Canvas(new SplittableRandom(3));
    canvas.text(String.valueOf(letter), 32, 32, 16);
    BufferedImage image = canvas.image();
    int[] rgb = image.getRGB(0, 0, Canvas.SIZE, Canvas.SIZE, null, 0, Canvas.SIZE);
    return Arrays.stream(rgb).boxed().toList();
  }

  private static void assumeDrawable(Script script) {
    assumeTrue(
        Canvas.font(16).canDisplayUpTo(script.letters()) < 0,
        () -> "no font of this machine draws " + script.label());
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void noTwoLettersOfAScriptLookTheSame(Script script) {
    assumeDrawable(script);
    Map<List<Integer>, Character> seen = new HashMap<>();
    seen.put(pixels(' '), ' ');
    for (char letter : script.letters().toCharArray()) {
      Character twin = seen.put(pixels(letter), letter);
      assertEquals(null, twin, () -> letter + " is drawn like another");
    }
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void lettersThatLookLikeThoseOfAnotherScriptAreKnown(Script script) {
    assumeDrawable(script);
    Map<Character, List<Integer>> mine = drawn(script);
    for (Script other : THREE) {
      assumeDrawable(other);
      Set<List<Integer>> others = new HashSet<>(drawn(other).values());
      mine.forEach(
          (letter, pixels) ->
              assertTrue(
                  !others.contains(pixels) || other.couldSpell(String.valueOf(letter)),
                  () -> letter + " looks like a letter of " + other));
    }
  }

  private static Map<Character, List<Integer>> drawn(Script script) {
    return script
        .letters()
        .chars()
        .mapToObj(c -> (char) c)
        .collect(Collectors.toMap(c -> c, c -> pixels(c)));
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void wordsStayWithinThePicture(Script script) {
    assumeDrawable(script);
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 200; i++) {
      Canvas canvas = new Canvas(random);
      char widest = script.letters().charAt(random.nextInt(script.letters().length()));
      canvas.text(String.valueOf(widest).repeat(script.wordLength()), 32, 32, 17);
      BufferedImage image = canvas.image();
      int inked = 0;
      for (int y = 0; y < Canvas.SIZE; y++) {
        for (int x = 0; x < Canvas.SIZE; x++) {
          boolean ink = (image.getRGB(x, y) & 0xFF) < 160;
          inked += ink ? 1 : 0;
          assertFalse(ink && (y < 16 || y > 48), () -> widest + " is too high");
        }
      }
      assertTrue(inked > 12, () -> widest + " leaves no ink");
    }
  }

  @Test
  void eachWordIsOfOneScriptAndScriptsComeEvenly() {
    SplittableRandom random = new SplittableRandom(5);
    Map<Script, Integer> counts = new HashMap<>();
    for (int i = 0; i < MANY; i++) {
      Question question = new WordMaker(THREE).make(random, false).questions().getFirst();
      List<Script> possible =
          THREE.stream().filter(script -> script.couldSpell(question.answer())).toList();
      assertEquals(1, possible.size(), () -> question + " " + possible);
      Script script = possible.getFirst();
      assertEquals(WordMaker.kind(script), question.kind());
      assertTrue(question.answer().chars().allMatch(c -> script.letters().indexOf(c) >= 0));
      counts.merge(script, 1, Integer::sum);
    }
    counts.forEach((script, count) -> assertEquals(MANY / 3.0, count, 120, script::toString));
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void wordsOfTheExamNeverOccurInTraining(Script script) {
    WordMaker maker = new WordMaker(List.of(script));
    SplittableRandom random = new SplittableRandom(6);
    Set<String> training = new HashSet<>();
    Set<Character> letters = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      String word = maker.make(random, false).questions().getFirst().answer();
      training.add(word);
      word.chars().forEach(c -> letters.add((char) c));
    }
    assertEquals(script.letters().length(), letters.size(), "all letters are in training");
    for (int i = 0; i < 300; i++) {
      String word = maker.make(random, true).questions().getFirst().answer();
      assertFalse(training.contains(word), word);
      assertTrue(WordMaker.heldOut(word), word);
    }
    long heldOut = random.ints(MANY).filter(seed -> heldOut(script, seed)).count();
    assertEquals(MANY / 10.0, heldOut, 70, "one word in ten");
  }

  private static boolean heldOut(Script script, int seed) {
    StringBuilder word = new StringBuilder();
    new SplittableRandom(seed)
        .ints(script.wordLength(), 0, script.letters().length())
        .forEach(i -> word.append(script.letters().charAt(i)));
    return WordMaker.heldOut(word.toString());
  }

  @Test
  void aWordThatCouldBeOfAnotherScriptIsTold() {
    assertTrue(Script.LATIN.couldSpell("ΑΒΕ"));
    assertTrue(Script.GREEK.couldSpell("ГОП"));
    assertFalse(Script.LATIN.couldSpell("ΑΒΓ"));
    assertTrue(Script.DIGITS.couldSpell("OIЗ"));
    assertFalse(Script.CYRILLIC.couldSpell("ABD"));
  }

  @Test
  void aScriptThatTheFontCannotDrawIsRefused() {
    Font bare =
        new Font(Font.MONOSPACED, Font.BOLD, 16) {
          private static final long serialVersionUID = 1L;

          @Override
          public int canDisplayUpTo(String text) {
            return text.startsWith("Α") ? 2 : -1;
          }
        };
    Script.LATIN.requireDrawable(bare);
    String refused =
        assertThrows(ConfigException.class, () -> Script.GREEK.requireDrawable(bare)).getMessage();
    assertTrue(refused.startsWith("--scripts (greek) must"), refused);
    assertTrue(refused.contains("cannot draw Γ; install"), refused);
  }
}
