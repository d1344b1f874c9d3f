package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.data.DataException;
import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamingExamTest {
  private static final ContentPart IMAGE = new ContentPart.Image("a.png");

  private static PictureDocument document(Message... messages) {
    return new PictureDocument("f:1", Path.of(""), "", List.of(messages));
  }

  private static Message text(String role, String text) {
    return new Message(role, List.of(new ContentPart.Text(text)));
  }

  /// Of 100 pictures 60 named rightly, 20 by the centroids (10 of them those of the model), 1 in a
  /// hundred without looking.
  private static List<NamingExam.Named> answers() {
    List<NamingExam.Named> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String right = "name " + i;
      answers.add(
          new NamingExam.Named(
              "f:" + i,
              right,
              i < 60 ? right : "other",
              "name 7",
              i >= 50 && i < 70 ? right : "other"));
    }
    return answers;
  }

  @Test
  void sharesAreToldWithIntervalsAndTheirRatio() {
    NamingExam.Result result = NamingExam.result(answers());
    assertEquals(0.6, result.model().score());
    assertEquals(0.2, result.baseline().score());
    assertEquals(0.01, result.blanked().score());
    assertEquals(0.01, result.chance());
    assertTrue(result.fell());
    assertEquals(3, result.times(), 1e-12);
    // By the delta method the logarithm of the ratio has the variance
    // 0.4 / 60 + 0.8 / 20 - 2 * (0.1 - 0.12) / 100 / 0.12 = 0.224^2.
    assertEquals(3 * Math.exp(-1.96 * 0.224), result.timesLow(), 0.25);
    assertEquals(3 * Math.exp(1.96 * 0.224), result.timesHigh(), 0.6);
  }

  @Test
  void aBlankedScoreFarAboveChanceIsTold() {
    List<NamingExam.Named> answers =
        answers().stream()
            .map(a -> new NamingExam.Named(a.where(), a.right(), "", a.right(), ""))
            .toList();
    NamingExam.Result result = NamingExam.result(answers);
    assertFalse(result.fell());
    assertEquals(0, result.times(), "nothing right is no multiple of nothing");
  }

  @Test
  void aNameIsTheAssistantsLastTextOrWhatFollowsThePicture() {
    Message asked = new Message("user", List.of(IMAGE, new ContentPart.Text("What?")));
    assertEquals("a cat", NamingExam.name(document(asked, text("assistant", " a cat\n"))));
    Message caption =
        new Message("", List.of(new ContentPart.Text("see: "), IMAGE, new ContentPart.Text("cat")));
    assertEquals("cat", NamingExam.name(document(caption)));
    assertThrows(DataException.class, () -> NamingExam.name(document(asked)));
    assertThrows(
        DataException.class, () -> NamingExam.name(document(asked, text("assistant", " "))));
  }
}
