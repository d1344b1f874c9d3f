package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PictureExamTest {
  @Test
  void wilsonsIntervalIsTheOneOfTheTextbook() {
    Wilson half = Wilson.of(50, 100);
    assertEquals(0.4038, half.low(), 1e-4);
    assertEquals(0.5962, half.high(), 1e-4);
    Wilson all = Wilson.of(10, 10);
    assertEquals(0.7225, all.low(), 1e-4);
    assertEquals(1.0, all.high(), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> Wilson.of(1, 0));
  }

  @Test
  void scoresAreCountedByKindBesideChanceAndTheBlankedScore() {
    List<PictureExam.Answered> answers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String right = i % 4 == 0 ? "red" : i % 4 == 1 ? "red" : i % 4 == 2 ? "blue" : "green";
      answers.add(new PictureExam.Answered("f:" + i, "colour", "?", right, right, "red"));
      answers.add(new PictureExam.Answered("f:" + i, "ocr", "?", "ABCDEF", "ABXDEF", "ABCDEF"));
    }
    List<PictureExam.Result> results = PictureExam.results(answers);
    PictureExam.Result colour = results.get(0);
    assertEquals("pictures:colour", colour.task());
    assertEquals(1.0, colour.score());
    assertEquals(0.5, colour.chance());
    assertEquals(0.5, colour.blanked());
    assertTrue(colour.fell());
    assertEquals(0.0, results.get(1).score());
    PictureExam.Result letters = results.get(2);
    assertEquals("characters", letters.metric());
    assertEquals(5 / 6.0, letters.score(), 1e-12);
    assertEquals(240, letters.n());
    assertFalse(letters.fell(), "a blanked score of one is far above chance");
  }

  @Test
  void wordsOfAnyScriptAreScoredByCharacters() {
    List<PictureExam.Answered> answers =
        List.of(
            new PictureExam.Answered("f:1", "ocr_greek", "?", "ΓΔΓ", "ΓΔΩ", "ΩΩΓ"),
            new PictureExam.Answered("f:2", "ocr_greek", "?", "ΣΨΓ", "ΣΨΓΓ", ""),
            new PictureExam.Answered("f:3", "ocr_emoji", "?", "😀🚀", "😁🚀", "🚀"));
    List<PictureExam.Result> results = PictureExam.results(answers);
    PictureExam.Result emoji = results.get(1); // both begin with the same surrogate
    assertEquals("pictures:ocr_emoji", emoji.task());
    assertEquals(2, emoji.n());
    assertEquals(0.5, emoji.score());
    assertEquals(0.5, emoji.chance());
    PictureExam.Result greek = results.get(3);
    assertEquals("characters", greek.metric());
    assertTrue(greek.decides());
    assertFalse(results.get(2).decides(), "of words the letters count");
    assertEquals(6, greek.n());
    assertEquals(5 / 6.0, greek.score(), 1e-12);
    assertEquals(1 / 6.0, greek.blanked(), 1e-12);
    assertEquals(0.5, greek.chance(), 1e-12);
  }
}
