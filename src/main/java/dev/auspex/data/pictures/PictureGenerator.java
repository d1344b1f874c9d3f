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
/// (seed, i) alone.
public final class PictureGenerator {
  /// The names of the files written.
  public static final String TRAIN = "train.jsonl";

  /// One question a line.
  public static final String HELDOUT = "heldout.jsonl";

  /// What was written.
  public static final String ABOUT = "pictures.json";

  private static final int TURNS = 5;

  /// Makers by their share of twenty pictures.
  private static final Map<PictureMaker, Integer> SHARES = new LinkedHashMap<>();

  static {
    SHARES.put(new SceneMaker(), 8);
    SHARES.put(new CountMaker(), 5);
    SHARES.put(new ChartMaker(), 3);
    SHARES.put(new WordMaker(), 3);
    SHARES.put(new DiagramMaker(), 1);
  }

  private final Path folder;
  private final long seed;

  private PictureGenerator(Path folder, long seed) {
    this.folder = folder;
    this.seed = seed;
  }

  /// What a folder holds.
  ///
  /// @param pictures number of training pictures
  /// @param questions training questions by kind
  /// @param heldout held-out questions by kind, each with a picture of its own
  public record Written(
      long seed, long pictures, Map<String, Long> questions, Map<String, Long> heldout) {}

  /// Writes `out`, whole or not at all.
  ///
  /// @param count training pictures
  /// @param heldoutCount held-out questions
  public static Written write(Path out, int count, int heldoutCount, long seed, Progress progress) {
    if (count < 1 || heldoutCount < 1) {
      throw new DataException(
          "count (%d) and heldout (%d) must be at least 1".formatted(count, heldoutCount));
    }
    if (Files.exists(out)) {
      throw new DataException(out + " must not exist yet; choose another folder or remove it");
    }
    Path target = out.toAbsolutePath().normalize();
    Path partial = target.resolveSibling("." + target.getFileName() + ".tmp");
    AtomicFiles.deleteTree(partial);
    try {
      Files.createDirectories(partial.resolve("images"));
      progress.start("pictures", (long) count + heldoutCount, "pictures");
      PictureGenerator generator = new PictureGenerator(partial, seed);
      Map<String, Long> asked = generator.part(TRAIN, false, count, 0, progress);
      Map<String, Long> heldout = generator.part(HELDOUT, true, heldoutCount, count, progress);
      Written written = new Written(seed, count, asked, heldout);
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

  private Map<String, Long> part(
      String file, boolean heldout, int count, int before, Progress progress) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    try (BufferedWriter out =
        Files.newBufferedWriter(folder.resolve(file), StandardCharsets.UTF_8)) {
      for (int i = 0; i < count; i++) {
        SplittableRandom random =
            new SplittableRandom(seed * 0x9E3779B97F4A7C15L + (heldout ? ~i : i));
        DrawnPicture drawn = maker(i).make(random, heldout);
        String name = "images/%s-%06d.png".formatted(heldout ? "heldout" : "train", i);
        ImageIO.write(drawn.image(), "png", folder.resolve(name).toFile());
        List<Question> questions = new ArrayList<>(drawn.questions());
        Collections.shuffle(questions, new Random(random.nextLong()));
        int turns = heldout ? 1 : Math.min(TURNS, questions.size());
        out.write(Json.line(line(name, questions.subList(0, turns))));
        out.write('\n');
        questions.subList(0, turns).forEach(q -> counts.merge(q.kind(), 1L, Long::sum));
        progress.update(before + i + 1L, "");
      }
    }
    return counts;
  }

  private static PictureMaker maker(int index) {
    int total = SHARES.values().stream().mapToInt(Integer::intValue).sum();
    int at = index * 7 % total; // 7 and 20 share no factor: every stretch has the right mix
    for (Map.Entry<PictureMaker, Integer> share : SHARES.entrySet()) {
      at -= share.getValue();
      if (at < 0) {
        return share.getKey();
      }
    }
    throw new AssertionError();
  }

  private static Map<String, Object> line(String image, List<Question> questions) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Question question : questions) {
      List<Map<String, String>> parts = new ArrayList<>();
      if (messages.isEmpty()) {
        parts.add(Map.of("type", "image", "image", image));
      }
      parts.add(text(question.prompt()));
      messages.add(message("user", parts));
      messages.add(message("assistant", List.of(text(question.answer()))));
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("kind", questions.getFirst().kind());
    line.put("messages", messages);
    return line;
  }

  private static Map<String, String> text(String text) {
    Map<String, String> part = new LinkedHashMap<>();
    part.put("type", "text");
    part.put("text", text);
    return part;
  }

  private static Map<String, Object> message(String role, List<Map<String, String>> content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }
}
