package dev.auspex.eval;

import dev.auspex.data.DataException;
import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.data.pictures.PictureEncoder.Encoded;
import dev.auspex.generate.Choice;
import dev.auspex.generate.SeenImages;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.VisionConfig;
import dev.auspex.vision.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/// Lets a model name pictures from a list: the name that it thinks likeliest, with the picture and
/// with a blank one in its place, and beside it a nearest-centroid classifier on the same pixels.
///
/// A document is a picture and its name: a conversation that ends with the assistant's, or text
/// after a picture. The classifier sees what the model sees of a picture, the whole as a square.
public final class NamingExam {
  private static final int GREY = 127;
  private static final int RESAMPLES = 2000;

  private final PictureEncoder encoder;
  private final VisionConfig vision;
  private final int vocabSize;
  private final List<String> names;
  private final Choice choice;
  private final PixelCentroids centroids = new PixelCentroids();
  private final Map<List<Integer>, String> blanked = new HashMap<>();

  /// @param names to choose from, at least two
  /// @param sample any document, which shows how names are asked for
  public NamingExam(
      Gpt model,
      VisionConfig vision,
      PictureEncoder encoder,
      List<String> names,
      PictureDocument sample) {
    this.encoder = encoder;
    this.vision = vision;
    this.vocabSize = model.config().vocabSize();
    this.names = List.copyOf(names);
    if (names.size() < 2) {
      throw new DataException("the names (%d) must be at least two".formatted(names.size()));
    }
    List<int[]> continuations = new ArrayList<>();
    for (String name : names) {
      Encoded named = encoder.document(called(sample, name));
      int from = answerStart(named);
      continuations.add(Arrays.copyOfRange(named.ids(), from, answerEnd(named)));
    }
    this.choice = new Choice(model, continuations);
  }

  /// One picture named.
  ///
  /// @param where file and line
  /// @param answer the name that the model chose
  /// @param blanked the one it chose when the picture was grey
  /// @param baseline the name of the nearest centroid; empty where there is none
  public record Named(String where, String right, String answer, String blanked, String baseline) {}

  /// The name that a document gives its picture.
  public static String name(PictureDocument document) {
    List<ContentPart> parts = document.messages().getLast().content();
    StringBuilder name = new StringBuilder();
    for (ContentPart part : parts.subList(textStart(parts), parts.size())) {
      name.append(((ContentPart.Text) part).text());
    }
    String role = document.messages().getLast().role();
    if (name.toString().isBlank() || !role.isEmpty() && !role.equals("assistant")) {
      throw new DataException(document.where() + " must end with the name of its picture");
    }
    return name.toString().strip();
  }

  /// Where the text after the last picture begins.
  private static int textStart(List<ContentPart> parts) {
    int start = parts.size();
    while (start > 0 && parts.get(start - 1) instanceof ContentPart.Text) {
      start--;
    }
    return start;
  }

  private static PictureDocument called(PictureDocument document, String name) {
    List<Message> messages = new ArrayList<>(document.messages());
    Message last = messages.removeLast();
    List<ContentPart> parts = new ArrayList<>(last.content().subList(0, textStart(last.content())));
    parts.add(new ContentPart.Text(name));
    messages.add(new Message(last.role(), parts));
    return new PictureDocument(document.where(), document.folder(), document.kind(), messages);
  }

  private static int answerEnd(Encoded encoded) {
    int end = encoded.ids().length;
    while (end > 0 && !encoded.learned()[end - 1]) {
      end--;
    }
    return end;
  }

  private static int answerStart(Encoded encoded) {
    int start = answerEnd(encoded);
    while (start > 0 && encoded.learned()[start - 1]) {
      start--;
    }
    return start;
  }

  /// Gives the classifier the pictures that training shows.
  public void learn(List<PictureDocument> training, Progress progress) {
    progress.start("centroids", training.size(), "pictures");
    int done = 0;
    for (PictureDocument document : training) {
      centroids.add(name(document), whole(document, encoder.document(document)));
      progress.update(++done, "");
    }
    progress.finish();
  }

  /// The only picture as one square.
  private static Picture whole(PictureDocument document, Encoded encoded) {
    long pictures =
        document.messages().stream()
            .flatMap(message -> message.content().stream())
            .filter(ContentPart.Image.class::isInstance)
            .count();
    if (pictures != 1) {
      throw new DataException(document.where() + " must show one picture; it shows " + pictures);
    }
    return encoded.squares().getLast();
  }

  /// Names that training gives to some picture.
  public long namesLearnt() {
    return names.stream().filter(centroids::knows).count();
  }

  /// Names every picture.
  public List<Named> askAll(List<PictureDocument> documents, Progress progress) {
    progress.start("naming", documents.size(), "pictures");
    List<Named> all = new ArrayList<>();
    for (PictureDocument document : documents) {
      all.add(ask(document));
      progress.update(all.size(), "");
    }
    progress.finish();
    return all;
  }

  private Named ask(PictureDocument document) {
    Encoded encoded = encoder.document(document);
    Picture whole = whole(document, encoded);
    List<Integer> prompt = encoded.idsFor(vocabSize).subList(0, answerStart(encoded));
    return new Named(
        document.where(),
        name(document),
        chosen(prompt, encoded.squares()),
        blanked.computeIfAbsent(prompt, ids -> chosen(ids, grey(encoded.squares().size()))),
        centroids.nearest(whole));
  }

  private List<Picture> grey(int squares) {
    Picture grey = Picture.plain(vision.imageSize(), vision.imageSize(), GREY);
    return java.util.Collections.nCopies(squares, grey);
  }

  private String chosen(List<Integer> prompt, List<Picture> squares) {
    return names.get(choice.of(prompt, SeenImages.of(squares, vision)).continuation());
  }

  /// The scores of all pictures, with intervals of 95%.
  ///
  /// @param chance what the commonest right name would get
  /// @param times how often the model is right for each time that the classifier is; infinite where
  ///     that never is
  /// @param timesLow from pictures drawn again with replacement (Efron 1979), as is `timesHigh`
  /// @param fell whether the blanked score's interval reaches down to chance
  public record Result(
      Wilson model,
      Wilson blanked,
      Wilson baseline,
      double chance,
      double times,
      double timesLow,
      double timesHigh,
      boolean fell) {}

  /// Scores some answers.
  public static Result result(List<Named> answers) {
    Map<String, Integer> commonest = new HashMap<>();
    answers.forEach(a -> commonest.merge(a.right(), 1, Integer::sum));
    double chance =
        (double) commonest.values().stream().mapToInt(Integer::intValue).max().orElseThrow()
            / answers.size();
    Wilson model = share(answers, NamingExam::right);
    Wilson blanked = share(answers, a -> a.blanked().equals(a.right()) ? 1 : 0);
    Wilson baseline = share(answers, NamingExam::baselineRight);
    double[] times = resampledTimes(answers);
    return new Result(
        model,
        blanked,
        baseline,
        chance,
        times(model.score(), baseline.score()),
        times[(int) (0.025 * times.length)],
        times[(int) (0.975 * times.length)],
        blanked.low() <= chance);
  }

  private static long right(Named named) {
    return named.answer().equals(named.right()) ? 1 : 0;
  }

  private static long baselineRight(Named named) {
    return named.baseline().equals(named.right()) ? 1 : 0;
  }

  private static Wilson share(List<Named> answers, ToLongFunction<Named> right) {
    return Wilson.of(answers.stream().mapToLong(right).sum(), answers.size());
  }

  private static double times(double model, double baseline) {
    return model == 0 ? 0 : model / baseline;
  }

  private static double[] resampledTimes(List<Named> answers) {
    SplittableRandom random = new SplittableRandom(1);
    double[] times = new double[RESAMPLES];
    for (int sample = 0; sample < RESAMPLES; sample++) {
      long model = 0;
      long baseline = 0;
      for (int i = 0; i < answers.size(); i++) {
        Named named = answers.get(random.nextInt(answers.size()));
        model += right(named);
        baseline += baselineRight(named);
      }
      times[sample] = times(model, baseline);
    }
    Arrays.sort(times);
    return times;
  }
}
