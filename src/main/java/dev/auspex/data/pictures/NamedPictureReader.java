package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads pictures with their names: a folder with captions, or JSON lines that name a file and what
/// it shows.
public final class NamedPictureReader {
  private NamedPictureReader() {}

  /// A folder where `cat.txt` is the name of `cat.png`.
  public static List<NamedPicture> folder(Path folder) {
    List<NamedPicture> pictures = new ArrayList<>();
    for (PictureDocument document : PictureFiles.read(folder)) {
      Message caption = document.messages().getFirst();
      ContentPart.Image image = (ContentPart.Image) caption.content().getFirst();
      Path file = document.folder().resolve(image.source());
      pictures.add(new NamedPicture(document.where(), file, named(document, caption.text())));
    }
    return pictures;
  }

  private static String named(PictureDocument document, String text) {
    if (text.isBlank()) {
      throw new DataException(document.where() + " must have a caption that is not empty");
    }
    return text.strip();
  }

  /// Lines `{"image": PATH, FIELD: NAME}`, plain or compressed by gzip.
  ///
  /// @param field where the name is; dots lead into objects, as `names.en`
  /// @param images what the paths are relative to
  public static List<NamedPicture> lines(Path file, String field, Path images) {
    String pointer = "/" + field.replace('.', '/');
    List<NamedPicture> pictures = new ArrayList<>();
    try (BufferedReader in = open(file)) {
      int number = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!line.isBlank()) {
          pictures.add(picture(file + ":" + number, line, field, pointer, images));
        }
      }
    } catch (CharacterCodingException e) {
      throw new DataException(file + " must be UTF-8 text", e);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return pictures;
  }

  private static BufferedReader open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      InputStream text = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
      return new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8.newDecoder()));
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static NamedPicture picture(
      String where, String line, String field, String pointer, Path images) {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(line);
    } catch (JacksonException e) {
      throw new DataException(where + " must be JSON: " + Json.reason(e), e);
    }
    JsonNode image = node.path("image");
    JsonNode name = node.at(pointer);
    if (!image.isString() || !name.isString() || name.stringValue().isBlank()) {
      throw new DataException(
          where + " must have the texts image (a path) and " + field + "; see --field");
    }
    Path file = images.resolve(image.stringValue()).normalize();
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          "%s image (%s) must be a file below %s; see --images"
              .formatted(where, image.stringValue(), images));
    }
    return new NamedPicture(where, file, name.stringValue().strip());
  }
}
