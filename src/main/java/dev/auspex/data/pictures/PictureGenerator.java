package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/// Writes pictures whose content is known exactly, with questions and answers: `train.jsonl`,
/// `heldout.jsonl`, `images/` and `pictures.json`.
///
/// What is held out is a combination (two objects in certain colours at certain places, two
/// neighbouring bars...) whose parts training shows, but never together. Picture `i` depends on
/// its number, the seed, the mix and the scripts alone.
public final class PictureGenerator {
  /// The names of the files written.
  public static final String TRAIN = "train.jsonl";

  /// One question a line.
  public static final String HELDOUT = "heldout.jsonl";

  /// What was written.
  public static final String ABOUT = "pictures.json";

  private static final int TURNS = 5;

  private final Path folder;
  private final PicturePlan plan;
  private final Map<PictureKind, PictureMaker> makers = new EnumMap<>(PictureKind.class);

  private PictureGenerator(Path folder, PicturePlan plan) {
    this.folder = folder;
    this.plan = plan;
    for (PictureKind kind : PictureKind.values()) {
      makers.put(kind, kind.maker(plan.scripts()));
    }
  }

  /// What a folder holds.
  ///
  /// @param pictures number of training pictures
  /// @param questions training questions by kind
  /// @param heldout held-out questions by kind, each with a picture of its own
  /// @param mix shares of the kinds of pictures
  /// @param scripts of words
  public record Written(
      long seed,
      long pictures,
      Map<String, Long> questions,
      Map<String, Long> heldout,
      Map<String, Integer> mix,
      List<String> scripts) {}

  /// Writes `out`, whole or not at all.
  public static Written write(Path out, PicturePlan plan, Progress progress) {
    plan.scripts().forEach(script -> script.requireDrawable(Canvas.font(Canvas.SIZE)));
    if (Files.exists(out)) {
      throw new DataException(out + " must not exist yet; choose another folder or remove it");
    }
    Path target = out.toAbsolutePath().normalize();
    Path partial = target.resolveSibling("." + target.getFileName() + ".tmp");
    AtomicFiles.deleteTree(partial);
    try {
      Files.createDirectories(partial.resolve("images"));
      progress.start("pictures", (long) plan.count() + plan.heldout(), "pictures");
      PictureGenerator generator = new PictureGenerator(partial, plan);
      Map<String, Long> asked = generator.part(TRAIN, false, progress);
      Map<String, Long> heldout = generator.part(HELDOUT, true, progress);
      List<String> scripts = plan.scripts().stream().map(Script::label).toList();
      Written written =
          new Written(plan.seed(), plan.count(), asked, heldout, plan.mix().named(), scripts);
      Json.write(partial.resolve(ABOUT), written);
      AtomicFiles.moveFolder(partial, target);
      progress.finish();
      return written;
    } catch (IOException e) {
      throw new DataException(out + " cannot be written: " + e.getMessage(), e);
    } finally {
      AtomicFiles.deleteTree(partial);
    }
  }

  private Map<String, Long> part(String file, boolean heldout, Progress progress)
      throws IOException {
    int count = heldout ? plan.heldout() : plan.count();
    long before = heldout ? plan.count() : 0;
    Map<String, Long> counts = new TreeMap<>();
    try (BufferedWriter out =
        Files.newBufferedWriter(folder.resolve(file), StandardCharsets.UTF_8)) {
      for (int i = 0; i < count; i++) {
        SplittableRandom random =
            new SplittableRandom(plan.seed() * 0x9E3779B97F4A7C15L + (heldout ? ~i : i));
        DrawnPicture drawn = makers.get(plan.mix().at(i)).make(random, heldout);
        String name = "images/%s-%06d.png".formatted(heldout ? "heldout" : "train", i);
        ImageIO.write(drawn.image(), "png", folder.resolve(name).toFile());
        List<Question> questions = new ArrayList<>(drawn.questions());
        Collections.shuffle(questions, new Random(random.nextLong()));
        int turns = heldout ? 1 : Math.min(TURNS, questions.size());
        out.write(Json.line(line(name, questions.subList(0, turns))));
        out.write('\n');
        questions.subList(0, turns).forEach(q -> counts.merge(q.kind(), 1L, Long::sum));
        progress.update(before + i + 1, "");
      }
    }
    return counts;
  }

  private static Map<String, Object> line(String image, List<Question> questions) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Question question : questions) {
      List<Map<String, String>> parts = new ArrayList<>();
      if (messages.isEmpty()) {
        parts.add(part("image", image));
      }
      parts.add(part("text", question.prompt()));
      messages.add(message("user", parts));
      messages.add(message("assistant", List.of(part("text", question.answer()))));
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("kind", questions.getFirst().kind());
    line.put("messages", messages);
    return line;
  }

  private static Map<String, String> part(String type, String value) {
    Map<String, String> part = new LinkedHashMap<>(); // in this order, which Map.of does not keep
    part.put("type", type);
    part.put(type, value);
    return part;
  }

  private static Map<String, Object> message(String role, List<Map<String, String>> content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }
}
