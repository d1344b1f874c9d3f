package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Puts a vocabulary together from tokens written in the byte alphabet, checking each.
final class VocabularyBuilder {
  /// No real vocabulary comes near; a larger id is a broken file.
  private static final int MAX_ID = 1 << 24;

  private final Path file;
  private final List<AddedToken> added;
  private final Map<String, Integer> ids = new HashMap<>();
  private final byte[][] tokens;
  private final Set<Integer> specialIds = new HashSet<>();
  private final List<int[]> merges = new ArrayList<>();

  VocabularyBuilder(Path file, JsonNode vocab, List<AddedToken> added) {
    this.file = file;
    this.added = added;
    Set<String> addedNames = new HashSet<>();
    added.forEach(token -> addedNames.add(token.name()));
    int size = 0;
    int modelSize = 0;
    for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
      int id = id(file, entry.getKey(), entry.getValue());
      ids.put(entry.getKey(), id);
      size = Math.max(size, id + 1);
      modelSize = addedNames.contains(entry.getKey()) ? modelSize : Math.max(modelSize, id + 1);
    }
    for (AddedToken token : added) {
      size = Math.max(size, token.id() + 1);
    }
    @Nullable String[] names = new String[size];
    this.tokens = new byte[size][];
    Arrays.fill(tokens, new byte[0]);
    addNamed(names);
    addModel(names);
    checkGaps(modelSize);
  }

  /// An id as a file gives it, checked.
  static int id(Path file, String token, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new TokenizerException(
          file,
          "id of \"%s\" (%s) must be an integer from 0 to %d; correct the file"
              .formatted(token, value, MAX_ID));
    }
    int id = value.asInt();
    if (id < 0 || id > MAX_ID) {
      throw new TokenizerException(
          file,
          "id of \"%s\" (%d) must be from 0 to %d; correct the file".formatted(token, id, MAX_ID));
    }
    return id;
  }

  /// Adds a merge written as two tokens with a space between.
  void merge(String where, String pair) {
    int space = pair.indexOf(' ');
    if (space <= 0 || space == pair.length() - 1) {
      throw new TokenizerException(
          file,
          "%s (\"%s\") must be two tokens with a space between; correct the file"
              .formatted(where, pair));
    }
    merge(where, pair.substring(0, space), pair.substring(space + 1));
  }

  /// Adds a merge.
  void merge(String where, String left, String right) {
    int[] merge = {known(where, left), known(where, right), known(where, left + right)};
    if (!specialIds.contains(merge[2])) {
      merges.add(merge);
    }
  }

  Vocabulary build(
      Merges order,
      boolean wholePieceFirst,
      List<PreTokenizer> preTokenizers,
      boolean prefixSpace,
      boolean nfc) {
    for (int[] merge : merges) {
      order.add(merge[0], merge[1], merge[2]);
    }
    Vocabulary vocabulary =
        new Vocabulary(tokens, order, wholePieceFirst, added, preTokenizers, prefixSpace, nfc);
    int missing = Vocabulary.missingByte(vocabulary.byteIds());
    if (missing >= 0) {
      throw new TokenizerException(
          file,
          "byte (0x%02X) must have a token; only byte-level BPE with all bytes is supported"
              .formatted(missing));
    }
    return vocabulary;
  }

  private int known(String where, String token) {
    Integer id = ids.get(token);
    if (id == null) {
      throw new TokenizerException(
          file,
          "%s names \"%s\", which must be in the vocabulary; the file is damaged, fetch it again"
              .formatted(where, token));
    }
    return id;
  }

  private void addNamed(@Nullable String[] names) {
    for (AddedToken token : added) {
      claim(names, token.id(), token.name());
      tokens[token.id()] = token.name().getBytes(StandardCharsets.UTF_8);
      if (token.special()) {
        specialIds.add(token.id());
      }
      Integer inModel = ids.get(token.name());
      if (inModel != null && inModel != token.id()) {
        throw new TokenizerException(
            file,
            "id of \"%s\" (%d in added_tokens) must be the one in the vocabulary (%d); correct it"
                .formatted(token.name(), token.id(), inModel));
      }
    }
  }

  private void addModel(@Nullable String[] names) {
    ids.forEach(
        (name, id) -> {
          if (name.equals(names[id])) {
            return;
          }
          claim(names, id, name);
          tokens[id] = ByteAlphabet.read(name);
          if (tokens[id].length == 0) {
            throw new TokenizerException(
                file,
                "token \"%s\" (id %d) must be written in the byte-level alphabet; only"
                        .formatted(name, id)
                    + " byte-level BPE is supported");
          }
        });
  }

  private void claim(@Nullable String[] names, int id, String name) {
    String owner = names[id];
    if (owner != null) {
      String first = owner.compareTo(name) < 0 ? owner : name;
      throw new TokenizerException(
          file,
          "id (%d) must belong to one token; \"%s\" and \"%s\" have it; correct the file"
              .formatted(id, first, first.equals(owner) ? name : owner));
    }
    names[id] = name;
  }

  private void checkGaps(int modelSize) {
    for (int id = 0; id < modelSize; id++) {
      if (tokens[id].length == 0) {
        throw new TokenizerException(
            file,
            "id (%d) must belong to a token: ids run from 0 to %d without gaps; correct the file"
                .formatted(id, modelSize - 1));
      }
    }
  }
}
