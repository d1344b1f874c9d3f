package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.Permutation;
import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.run.RunFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What examinations on pictures read and write beside the model.
final class ExamFiles {
  private ExamFiles() {}

  /// Some of the questions, drawn by a fixed seed.
  ///
  /// @param limit most of them; 0 for all
  static List<PictureDocument> drawn(List<PictureDocument> all, int limit) {
    if (limit < 0) {
      throw new ConfigException("--limit (" + limit + ") must be 0 (all) or more");
    }
    int count = limit == 0 ? all.size() : Math.min(limit, all.size());
    Permutation order = new Permutation(all.size(), 0, 0);
    List<PictureDocument> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(all.get((int) order.apply(i)));
    }
    return some;
  }

  /// Where those questions stand whose pictures, byte for byte, training shows too.
  static Set<String> seen(List<PictureDocument> questions, List<PictureDocument> training) {
    Set<String> known = new HashSet<>();
    training.forEach(document -> known.addAll(hashes(document)));
    Set<String> seen = new HashSet<>();
    for (PictureDocument question : questions) {
      if (hashes(question).stream().anyMatch(known::contains)) {
        seen.add(question.where());
      }
    }
    return seen;
  }

  /// What tells the questions, pictures included, from all others.
  static String lock(List<PictureDocument> questions) {
    StringBuilder all = new StringBuilder();
    for (PictureDocument question : questions) {
      all.append(hashes(question)).append(Json.line(question.messages())).append('\n');
    }
    return Hashes.sha256(all.toString());
  }

  private static List<String> hashes(PictureDocument document) {
    List<String> hashes = new ArrayList<>();
    for (Message message : document.messages()) {
      for (ContentPart part : message.content()) {
        if (part instanceof ContentPart.Image(String source)) {
          hashes.add(
              source.startsWith("data:")
                  ? source
                  : Hashes.sha256(document.folder().resolve(source)));
        }
      }
    }
    return hashes;
  }

  /// Writes answers, one a line.
  ///
  /// @param asked the file that was asked for; null for `evals/NAME` of the run, or `NAME` here
  static Path log(@Nullable Path asked, Path model, String name, List<?> answers) {
    Path file =
        asked != null
            ? asked
            : RunFolder.isRun(model) ? RunFolder.open(model).evals().resolve(name) : Path.of(name);
    AtomicFiles.write(
        file,
        out -> {
          for (Object answer : answers) {
            out.write((Json.line(answer) + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
    return file;
  }
}
