package dev.auspex.tokenizer;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Finds out which kind of tokenizer file a path is and has it read.
final class TokenizerFiles {
  private TokenizerFiles() {}

  static Tokenizer load(Path path) {
    Path file = Files.isDirectory(path) ? inFolder(path) : path;
    if (Files.isRegularFile(file) && SentencePieceModel.isOne(file)) {
      return SentencePieceModel.read(file, AddedTokenFiles.beside(file));
    }
    if (Files.isRegularFile(file) && plainName(file).endsWith(".json")) {
      JsonNode root = json(file);
      if (SentencePieceJson.isOne(root)) {
        return SentencePieceJson.read(file, root);
      }
    }
    return BpeTokenizer.load(file);
  }

  static Vocabulary read(Path path) {
    Path file = Files.isDirectory(path) ? inFolder(path) : path;
    if (!Files.isRegularFile(file)) {
      throw new TokenizerException(file, "must be a tokenizer file; it does not exist");
    }
    String name = plainName(file);
    if (name.endsWith(".tiktoken")) {
      return TiktokenFile.read(file, name.replaceFirst("\\.tiktoken$", ""));
    }
    JsonNode root = json(file);
    if (root.path("model").isObject()) {
      return new TokenizerJsonReader(file, root).read();
    }
    Path merges = mergesBeside(file);
    if (root.isObject() && !root.isEmpty() && Files.isRegularFile(merges)) {
      return Gpt2Files.read(file, merges, AddedTokenFiles.beside(file));
    }
    throw new TokenizerException(
        file,
        "model must be an object that describes BPE; give a tokenizer.json, or vocab.json with merges.txt beside it");
  }

  /// The file's content, unpacked when its name ends in `.gz`.
  static byte[] bytes(Path file) {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        InputStream in = isPacked(file) ? new GZIPInputStream(raw) : raw) {
      return in.readAllBytes();
    } catch (EOFException | ZipException e) {
      throw new TokenizerException(
          file, "must be complete gzip (%s); fetch it again".formatted(e.getMessage()));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  static JsonNode json(Path file) {
    byte[] bytes = bytes(file);
    if (bytes.length == 0) {
      throw new TokenizerException(file, "is empty; fetch it again or train a tokenizer");
    }
    try {
      return Json.MAPPER.readTree(bytes);
    } catch (JacksonException e) {
      throw new TokenizerException(
          file, "must be valid JSON: " + Json.reason(e) + "; fetch it again");
    }
  }

  private static Path inFolder(Path folder) {
    return List.of("tokenizer.json", "tokenizer.json.gz", "vocab.json", "tokenizer.model").stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new TokenizerException(
                    folder,
                    "must hold tokenizer.json, tokenizer.model, or vocab.json and merges.txt"));
  }

  private static Path mergesBeside(Path vocab) {
    String name = vocab.getFileName().toString();
    String merges = name.replace("vocab.json", "merges.txt");
    return vocab.resolveSibling(merges.equals(name) ? "merges.txt" : merges);
  }

  private static String plainName(Path file) {
    return file.getFileName().toString().replaceFirst("\\.gz$", "");
  }

  private static boolean isPacked(Path file) {
    return file.getFileName().toString().endsWith(".gz");
  }
}
