package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.data.Permutation;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.vision.Picture;
import dev.auspex.vision.PictureException;
import dev.auspex.vision.PictureLimits;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/// Writes pictures with names as questions to learn from and to be examined on: `train.jsonl`,
/// `heldout.jsonl`, `images/` and `naming.json`.
///
/// Of a name with several pictures a share is held out, whole pictures, of which training shows
/// nothing. A name with a single picture cannot be held out so: its picture is seen in other views
/// in training than when it is asked for. A picture that occurs twice under a name counts once.
public final class NamingData {
  /// What was written.
  public static final String ABOUT = "naming.json";

  private final Path folder;
  private final Options options;
  private final Progress progress;
  private long drawn;

  /// What is made of the pictures.
  ///
  /// @param question asked about each
  /// @param views of each training picture, the first of them plain
  /// @param heldout share of the pictures of a name that is held out
  /// @param seed of views and choice
  public record Options(String question, int views, double heldout, long seed) {
    public Options {
      if (views < 1) {
        throw new DataException("--views (" + views + ") must be at least 1");
      }
      if (!(heldout > 0 && heldout < 1)) {
        throw new DataException("--heldout (" + heldout + ") must lie between 0 and 1; usual: 0.2");
      }
    }
  }

  /// What a folder holds.
  ///
  /// @param pictures different pictures read
  /// @param names different names
  /// @param train questions to learn from
  /// @param heldout questions to ask
  /// @param byPicture of these, those about pictures that training does not show
  /// @param byView of these, those about new views of pictures that it shows
  public record Written(
      long seed,
      int views,
      int pictures,
      int names,
      int train,
      int heldout,
      int byPicture,
      int byView) {}

  private record Line(PictureView view, Picture picture, String name) {}

  private NamingData(Path folder, Options options, Progress progress) {
    this.folder = folder;
    this.options = options;
    this.progress = progress;
  }

  /// Writes `out`, whole or not at all.
  public static Written write(
      Path out, List<NamedPicture> pictures, Options options, Progress progress) {
    if (Files.exists(out)) {
      throw new DataException(out + " must not exist yet; choose another folder or remove it");
    }
    Map<String, List<Picture>> byName = decoded(pictures);
    Path target = out.toAbsolutePath().normalize();
    Path partial = target.resolveSibling("." + target.getFileName() + ".tmp");
    AtomicFiles.deleteTree(partial);
    try {
      Files.createDirectories(partial.resolve("images"));
      Written written = new NamingData(partial, options, progress).all(byName);
      Json.write(partial.resolve(ABOUT), written);
      AtomicFiles.moveFolder(partial, target);
      return written;
    } catch (IOException e) {
      throw new DataException(out + " cannot be written: " + e.getMessage(), e);
    } finally {
      AtomicFiles.deleteTree(partial);
    }
  }

  private static Map<String, List<Picture>> decoded(List<NamedPicture> pictures) {
    Map<String, List<Picture>> byName = new TreeMap<>();
    for (NamedPicture named : pictures) {
      try {
        Picture picture = Picture.read(named.file(), PictureLimits.STANDARD);
        List<Picture> known = byName.computeIfAbsent(named.name(), _ -> new ArrayList<>());
        if (known.stream().noneMatch(other -> same(other, picture))) {
          known.add(picture);
        }
      } catch (PictureException e) {
        throw new DataException(named.where() + ": " + e.getMessage(), e);
      }
    }
    return byName;
  }

  private static boolean same(Picture a, Picture b) {
    return a.width() == b.width() && Arrays.equals(a.rgb(), b.rgb());
  }

  private Written all(Map<String, List<Picture>> byName) throws IOException {
    List<Line> train = new ArrayList<>();
    List<Line> heldout = new ArrayList<>();
    int byPicture = 0;
    for (Map.Entry<String, List<Picture>> entry : byName.entrySet()) {
      List<Picture> pictures = shuffled(entry.getValue(), entry.getKey());
      SplittableRandom random = random(entry.getKey());
      int out = heldOut(pictures.size());
      for (Picture picture : pictures.subList(0, out)) {
        heldout.add(new Line(PictureView.PLAIN, picture, entry.getKey()));
      }
      byPicture += out;
      if (pictures.size() == 1 && options.views() > 1) {
        heldout.add(new Line(PictureView.draw(random), pictures.getFirst(), entry.getKey()));
      }
      for (Picture picture : pictures.subList(out, pictures.size())) {
        for (int view = 0; view < options.views(); view++) {
          PictureView seen = view == 0 ? PictureView.PLAIN : PictureView.draw(random);
          train.add(new Line(seen, picture, entry.getKey()));
        }
      }
    }
    if (heldout.isEmpty()) {
      throw new DataException(
          "the pictures must have a name with several, or --views (1) must be 2 or more; nothing"
              + " could be held out");
    }
    progress.start("pictures", (long) train.size() + heldout.size(), "pictures");
    part(PictureGenerator.TRAIN, "train", train);
    part(PictureGenerator.HELDOUT, "heldout", heldout);
    progress.finish();
    return new Written(
        options.seed(),
        options.views(),
        byName.values().stream().mapToInt(List::size).sum(),
        byName.size(),
        train.size(),
        heldout.size(),
        byPicture,
        heldout.size() - byPicture);
  }

  /// Of several pictures at least one stays and at least one goes.
  private int heldOut(int pictures) {
    return pictures < 2 ? 0 : Math.clamp(Math.round(options.heldout() * pictures), 1, pictures - 1);
  }

  private SplittableRandom random(String name) {
    return new SplittableRandom(options.seed() * 0x9E3779B97F4A7C15L ^ name.hashCode());
  }

  private List<Picture> shuffled(List<Picture> pictures, String name) {
    Permutation order = new Permutation(pictures.size(), options.seed(), name.hashCode());
    List<Picture> shuffled = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      shuffled.add(pictures.get((int) order.apply(i)));
    }
    return shuffled;
  }

  private void part(String file, String prefix, List<Line> lines) throws IOException {
    try (BufferedWriter out =
        Files.newBufferedWriter(folder.resolve(file), StandardCharsets.UTF_8)) {
      for (int i = 0; i < lines.size(); i++) {
        Line line = lines.get(i);
        String image = "images/%s-%06d.png".formatted(prefix, i);
        ImageIO.write(line.view().of(line.picture()), "png", folder.resolve(image).toFile());
        out.write(Json.line(json(image, line.name())));
        out.write('\n');
        progress.update(++drawn, "");
      }
    }
  }

  private Map<String, Object> json(String image, String name) {
    List<Map<String, String>> asked =
        List.of(part("image", image), part("text", options.question()));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("kind", "name");
    line.put(
        "messages",
        List.of(message("user", asked), message("assistant", List.of(part("text", name)))));
    return line;
  }

  private static Map<String, Object> message(String role, List<Map<String, String>> content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private static Map<String, String> part(String type, String value) {
    Map<String, String> part = new LinkedHashMap<>();
    part.put("type", type);
    part.put(type, value);
    return part;
  }
}
