package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads documents of text and pictures: JSON lines, or a folder of pictures with captions.
///
/// A line has `messages`, each with `role` and `content` as OpenAI's API has them, or `content`
/// alone for a document that is no conversation. Content is text or a list of parts: `{"type":
/// "text", "text": ...}`, `{"type": "image", "image": PATH or data URL}`, or `{"type": "image_url",
/// "image_url": {"url": ...}}`. In a folder, `cat.txt` is the caption of `cat.png`.
public final class PictureFiles {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
  private static final Set<String> SUFFIXES = Set.of("png", "jpg", "jpeg", "webp", "gif", "bmp");

  private PictureFiles() {}

  /// The documents of a `.jsonl` file or a folder with captions.
  public static List<PictureDocument> read(Path path) {
    if (Files.isDirectory(path)) {
      return captions(path);
    }
    if (!Files.isRegularFile(path)) {
      throw new DataException(path + " must be a JSON lines file or a folder; it does not exist");
    }
    List<PictureDocument> documents = new ArrayList<>();
    Path folder = path.toAbsolutePath().getParent();
    try (BufferedReader in = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
      int number = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!line.isBlank()) {
          documents.add(document(path + ":" + number, folder, line));
        }
      }
    } catch (CharacterCodingException e) {
      throw new DataException(path + " must be UTF-8 text", e);
    } catch (IOException e) {
      throw new FileException(path, e);
    }
    return documents;
  }

  /// The messages of a JSON file: a list of them, or an object with `messages`.
  public static PictureDocument messages(Path file) {
    JsonNode tree = Json.readTree(file);
    JsonNode list = tree.isArray() ? tree : tree.path("messages");
    return new PictureDocument(
        file.toString(), file.toAbsolutePath().getParent(), "", turns(file.toString(), list));
  }

  private static PictureDocument document(String where, Path folder, String line) {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(line);
    } catch (JacksonException e) {
      throw new DataException(where + " must be JSON: " + Json.reason(e), e);
    }
    List<Message> messages =
        node.has("messages")
            ? turns(where, node.get("messages"))
            : List.of(new Message("", content(where + " content", node.path("content"))));
    return new PictureDocument(where, folder, node.path("kind").asString(""), messages);
  }

  private static List<Message> turns(String where, JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      throw new DataException(where + " messages must be a list of messages, at least one");
    }
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String at = "%s messages[%d]".formatted(where, i);
      String role = list.get(i).path("role").asString("");
      if (!ROLES.contains(role)) {
        throw new DataException(
            at + ".role (" + role + ") must be one of system, user, assistant, tool");
      }
      messages.add(new Message(role, content(at + ".content", list.get(i).path("content"))));
    }
    return messages;
  }

  private static List<ContentPart> content(String at, JsonNode node) {
    if (node.isString()) {
      return List.of(new ContentPart.Text(node.stringValue()));
    }
    if (!node.isArray() || node.isEmpty()) {
      throw new DataException(at + " must be text or a list of parts");
    }
    List<ContentPart> parts = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      parts.add(part("%s[%d]".formatted(at, i), node.get(i)));
    }
    return parts;
  }

  private static ContentPart part(String at, JsonNode node) {
    String type = node.path("type").asString("");
    return switch (type) {
      case "text" -> new ContentPart.Text(string(at + ".text", node.path("text")));
      case "image" -> new ContentPart.Image(string(at + ".image", node.path("image")));
      case "image_url" ->
          new ContentPart.Image(string(at + ".image_url.url", node.at("/image_url/url")));
      default ->
          throw new DataException(
              at + ".type (" + type + ") must be one of text, image, image_url");
    };
  }

  private static String string(String at, JsonNode node) {
    if (!node.isString()) {
      throw new DataException(at + " must be text");
    }
    return node.stringValue();
  }

  private static List<PictureDocument> captions(Path folder) {
    List<PictureDocument> documents = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        Path caption = file.resolveSibling(name.substring(0, Math.max(0, dot)) + ".txt");
        boolean picture = dot > 0 && SUFFIXES.contains(name.substring(dot + 1).toLowerCase());
        if (picture && Files.isRegularFile(caption)) {
          documents.add(
              new PictureDocument(
                  file.toString(),
                  folder,
                  "caption",
                  List.of(
                      new Message(
                          "",
                          List.of(
                              new ContentPart.Image(name),
                              new ContentPart.Text(Files.readString(caption).strip()))))));
        }
      }
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
    if (documents.isEmpty()) {
      throw new DataException(
          folder
              + " must hold train.jsonl, or pictures with captions beside them (cat.png, cat.txt)");
    }
    return documents;
  }
}
