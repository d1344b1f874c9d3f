package dev.auspex.data;

import dev.auspex.io.AtomicFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Each code point is a token, all of Unicode, and the last id ends a document: ids need four
/// bytes.
final class CharacterEncoder implements TokenEncoder {
  private static final int END = 0x20000;

  @Override
  public int vocabSize() {
    return END + 1;
  }

  @Override
  public int[] encode(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).codePoints().toArray();
  }

  @Override
  public int endId() {
    return END;
  }

  @Override
  public int byteLength(int id) {
    if (id == END) {
      return 0;
    }
    return id < 0x80 ? 1 : id < 0x800 ? 2 : id < 0x10000 ? 3 : 4;
  }

  @Override
  public List<String> saveTo(Path folder) {
    AtomicFiles.writeString(folder.resolve("tokenizer.json"), "{}");
    return List.of("tokenizer.json");
  }
}
