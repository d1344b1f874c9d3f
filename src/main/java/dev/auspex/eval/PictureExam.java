package dev.auspex.eval;

import dev.auspex.data.DataException;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.generate.Generation;
import dev.auspex.generate.GenerationRequest;
import dev.auspex.generate.Generator;
import dev.auspex.generate.SamplingConfig;
import dev.auspex.generate.SeenImages;
import dev.auspex.io.Progress;
import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.vision.Picture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Asks a model questions about pictures, and the same questions about blank ones.
///
/// An answer is written greedily and must equal the right one; of words also the share of letters
/// at their place is told. Chance is the share of the commonest right answer of a kind: what is had
/// without looking.
public final class PictureExam {
  private static final String TASK = "pictures:";
  private static final String WORDS = "ocr";
  private static final int GREY = 127;
  private static final SamplingConfig GREEDY = new SamplingConfig(0, 0, 1, 0, 0);

  private final Generator generator;
  private final PictureEncoder encoder;
  private final GptConfig model;
  private final VisionConfig vision;

  /// @param model sizes of the generator's model
  public PictureExam(
      Generator generator, PictureEncoder encoder, GptConfig model, VisionConfig vision) {
    this.generator = generator;
    this.encoder = encoder;
    this.model = model;
    this.vision = vision;
  }

  /// One question answered.
  ///
  /// @param where file and line
  /// @param answer what the model wrote
  /// @param blanked what it wrote when all pictures were grey
  public record Answered(
      String where, String kind, String question, String right, String answer, String blanked) {}

  /// The score of one kind of question.
  ///
  /// @param task `pictures:KIND`
  /// @param metric `exact`, or `characters` for the share of letters at their place
  /// @param chance what the commonest right answer would get; for characters the commonest letter
  /// @param blanked the score with all pictures grey, and its interval
  /// @param fell whether the blanked score's interval reaches down to chance
  public record Result(
      String task,
      String metric,
      double score,
      double low,
      double high,
      long n,
      double chance,
      double blanked,
      double blankedLow,
      double blankedHigh,
      boolean fell) {
    /// The kind of question.
    public String kind() {
      return task.substring(TASK.length());
    }

    /// Whether bars are about this metric: of words the letters count.
    public boolean decides() {
      return !isWords(kind()) || metric.equals("characters");
    }
  }

  /// Asks one question with its pictures and with grey ones.
  public Answered ask(PictureDocument document) {
    List<Message> messages = document.messages();
    int last = messages.size() - 1;
    if (last < 1 || !messages.get(last).role().equals("assistant")) {
      throw new DataException(
          document.where() + " must end with the assistant's message, which is the right answer");
    }
    PictureDocument asked =
        new PictureDocument(
            document.where(), document.folder(), document.kind(), messages.subList(0, last));
    PictureEncoder.Encoded encoded = encoder.prompt(asked);
    String right = messages.get(last).text();
    int most = 2 * encoder.tokenizer().encode(right).length + 8;
    List<Picture> grey =
        encoded.squares().stream()
            .map(_ -> Picture.plain(vision.imageSize(), vision.imageSize(), GREY))
            .toList();
    return new Answered(
        document.where(),
        document.kind(),
        messages.get(last - 1).text(),
        right,
        answer(encoded, encoded.squares(), most),
        answer(encoded, grey, most));
  }

  private String answer(PictureEncoder.Encoded encoded, List<Picture> squares, int most) {
    SeenImages images = SeenImages.of(squares, vision);
    GenerationRequest request =
        new GenerationRequest(encoded.idsFor(model.vocabSize()), most, GREEDY, List.of(), false);
    Generation generation = generator.generate(request, images, _ -> {});
    return generation.text().strip();
  }

  /// Asks everything.
  public List<Answered> askAll(List<PictureDocument> documents, Progress progress) {
    progress.start("questions", documents.size(), "questions");
    List<Answered> all = new ArrayList<>();
    for (PictureDocument document : documents) {
      all.add(ask(document));
      progress.update(all.size(), "");
    }
    progress.finish();
    return all;
  }

  /// Scores by kind, in alphabetical order.
  public static List<Result> results(List<Answered> answers) {
    Map<String, List<Answered>> kinds = new TreeMap<>();
    answers.forEach(a -> kinds.computeIfAbsent(a.kind(), _ -> new ArrayList<>()).add(a));
    List<Result> results = new ArrayList<>();
    kinds.forEach(
        (kind, list) -> {
          results.add(exact(kind, list));
          if (isWords(kind)) {
            results.add(characters(kind, list));
          }
        });
    return results;
  }

  private static boolean isWords(String kind) {
    return kind.equals(WORDS) || kind.startsWith(WORDS + "_");
  }

  private static Result exact(String kind, List<Answered> list) {
    Map<String, Integer> commonest = new LinkedHashMap<>();
    list.forEach(a -> commonest.merge(a.right(), 1, Integer::sum));
    return result(
        kind,
        "exact",
        Wilson.of(list.stream().filter(a -> a.answer().equals(a.right())).count(), list.size()),
        Wilson.of(list.stream().filter(a -> a.blanked().equals(a.right())).count(), list.size()),
        (double) commonest.values().stream().mapToInt(Integer::intValue).max().orElseThrow()
            / list.size());
  }

  private static Result characters(String kind, List<Answered> list) {
    Map<Integer, Integer> letters = new LinkedHashMap<>();
    list.forEach(a -> a.right().codePoints().forEach(c -> letters.merge(c, 1, Integer::sum)));
    long total = letters.values().stream().mapToInt(Integer::intValue).sum();
    return result(
        kind,
        "characters",
        Wilson.of(list.stream().mapToLong(a -> agreeing(a.answer(), a.right())).sum(), total),
        Wilson.of(list.stream().mapToLong(a -> agreeing(a.blanked(), a.right())).sum(), total),
        (double) letters.values().stream().mapToInt(Integer::intValue).max().orElseThrow() / total);
  }

  /// Characters (code points) that are the same at the same place.
  static long agreeing(String answer, String right) {
    int[] said = answer.codePoints().toArray();
    int[] wanted = right.codePoints().toArray();
    long count = 0;
    for (int i = 0; i < Math.min(said.length, wanted.length); i++) {
      count += said[i] == wanted[i] ? 1 : 0;
    }
    return count;
  }

  private static Result result(
      String kind, String metric, Wilson seen, Wilson blanked, double chance) {
    return new Result(
        TASK + kind,
        metric,
        seen.score(),
        seen.low(),
        seen.high(),
        seen.n(),
        chance,
        blanked.score(),
        blanked.low(),
        blanked.high(),
        blanked.low() <= chance);
  }
}
