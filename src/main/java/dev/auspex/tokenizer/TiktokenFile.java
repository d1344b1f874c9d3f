package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads tiktoken's rank files: a line a token, its bytes in base64, a space, its rank.
///
/// The file knows neither split pattern nor special tokens; those come from the encoding's name.
final class TiktokenFile {
  private static final int MAX_RANK = 1 << 24;

  private static final Map<String, Map<String, Integer>> SPECIALS =
      Map.of(
          "r50k_base", Map.of("<|endoftext|>", 50256),
          "gpt2", Map.of("<|endoftext|>", 50256),
          "p50k_base", Map.of("<|endoftext|>", 50256),
          "cl100k_base",
              Map.of(
                  "<|endoftext|>", 100257,
                  "<|fim_prefix|>", 100258,
                  "<|fim_middle|>", 100259,
                  "<|fim_suffix|>", 100260,
                  "<|endofprompt|>", 100276),
          "o200k_base", Map.of("<|endoftext|>", 199999, "<|endofprompt|>", 200018));

  private TiktokenFile() {}

  /// @param encoding a name such as `cl100k_base`, or a split pattern (then no special tokens)
  static Vocabulary read(Path file, String encoding) {
    Map<String, Integer> specials = SPECIALS.getOrDefault(encoding, Map.of());
    String pattern = pattern(file, encoding);
    Map<Piece, Integer> ranks = ranks(file);
    byte[][] tokens = tokens(file, ranks, specials);
    List<AddedToken> added = new ArrayList<>();
    specials.forEach((name, id) -> added.add(new AddedToken(name, id, true, false)));
    Vocabulary vocabulary =
        new Vocabulary(
            tokens,
            merges(ranks, tokens),
            true,
            added,
            List.of(new PreTokenizer.Split(pattern)),
            false,
            false);
    int missing = Vocabulary.missingByte(vocabulary.byteIds());
    if (missing >= 0) {
      throw new TokenizerException(
          file,
          "byte (0x%02X) must have a rank; the file is cut short or damaged, fetch it again"
              .formatted(missing));
    }
    return vocabulary;
  }

  private static String pattern(Path file, String encoding) {
    boolean looksLikeName = encoding.matches("[A-Za-z0-9_.-]+");
    return SplitPattern.named(encoding)
        .orElseGet(
            () -> {
              if (looksLikeName) {
                throw new TokenizerException(
                    file,
                    "encoding (%s) must be one of r50k_base p50k_base cl100k_base o200k_base;"
                            .formatted(encoding)
                        + " rename the file, or give the encoding or its split pattern");
              }
              return encoding;
            });
  }

  private static Map<Piece, Integer> ranks(Path file) {
    String text = new String(TokenizerFiles.bytes(file), StandardCharsets.ISO_8859_1);
    Map<Piece, Integer> ranks = new LinkedHashMap<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty()) {
        continue;
      }
      int space = line.indexOf(' ');
      if (space <= 0) {
        throw broken(file, i, line, "must be base64, a space and a rank");
      }
      Piece token = new Piece(base64(file, i, line.substring(0, space)));
      if (ranks.put(token, rank(file, i, line.substring(space + 1))) != null) {
        throw broken(file, i, line, "must not repeat a token");
      }
    }
    if (ranks.isEmpty()) {
      throw new TokenizerException(file, "is empty; fetch it again");
    }
    return ranks;
  }

  private static byte[] base64(Path file, int line, String text) {
    try {
      byte[] token = Base64.getDecoder().decode(text);
      if (token.length > 0) {
        return token;
      }
    } catch (IllegalArgumentException _) {
      // Told below with the line it is on.
    }
    throw broken(file, line, text, "must start with the base64 of a token");
  }

  private static int rank(Path file, int line, String text) {
    try {
      int rank = Integer.parseInt(text.strip());
      if (rank >= 0 && rank <= MAX_RANK) {
        return rank;
      }
    } catch (NumberFormatException _) {
      // Told below with the line it is on.
    }
    throw broken(file, line, text, "must end with a rank from 0 to " + MAX_RANK);
  }

  private static TokenizerException broken(Path file, int line, String value, String rule) {
    String shown = value.length() > 40 ? value.substring(0, 40) + "…" : value;
    return new TokenizerException(
        file, "line %d (%s) %s; fetch the file again".formatted(line + 1, shown, rule));
  }

  private static byte[][] tokens(
      Path file, Map<Piece, Integer> ranks, Map<String, Integer> specials) {
    int numRanks = 1 + ranks.values().stream().mapToInt(r -> r).max().orElse(-1);
    int size = 1 + specials.values().stream().mapToInt(r -> r).max().orElse(-1);
    byte[][] tokens = new byte[Math.max(numRanks, size)][];
    Arrays.fill(tokens, new byte[0]);
    specials.forEach((name, id) -> tokens[id] = name.getBytes(StandardCharsets.UTF_8));
    ranks.forEach(
        (token, rank) -> {
          if (tokens[rank].length > 0) {
            throw new TokenizerException(
                file,
                "rank (%d) must belong to one token; it occurs twice; fetch the file again"
                    .formatted(rank));
          }
          tokens[rank] = token.bytes();
        });
    for (int rank = 0; rank < numRanks; rank++) {
      if (tokens[rank].length == 0) {
        throw new TokenizerException(
            file,
            "rank (%d) is missing: ranks must run from 0 to %d without gaps; fetch the file again"
                .formatted(rank, numRanks - 1));
      }
    }
    return tokens;
  }

  /// Every way in which a token is two others: tiktoken merges any such pair.
  private static Merges merges(Map<Piece, Integer> ranks, byte[][] tokens) {
    Merges merges = Merges.byResult();
    for (int id = 0; id < tokens.length; id++) {
      byte[] token = tokens[id];
      if (token.length < 2 || !ranks.containsKey(new Piece(token))) {
        continue;
      }
      for (int cut = 1; cut < token.length; cut++) {
        Integer left = ranks.get(new Piece(Arrays.copyOfRange(token, 0, cut)));
        Integer right = ranks.get(new Piece(Arrays.copyOfRange(token, cut, token.length)));
        if (left != null && right != null) {
          merges.add(left, right, id);
        }
      }
    }
    return merges;
  }
}
