package dev.auspex.data.pictures;

import java.nio.file.Path;
import java.util.List;

/// A document of text and pictures.
///
/// @param where file and line, for messages
/// @param folder what picture paths are relative to
/// @param kind what it tests; empty where the file does not say
public record PictureDocument(String where, Path folder, String kind, List<Message> messages) {
  public PictureDocument {
    messages = List.copyOf(messages);
  }
}
