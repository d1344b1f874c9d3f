package dev.auspex.tokenizer;

import dev.auspex.io.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// A vocabulary in the form of GGUF files (`tokenizer.ggml.*`), which split patterns only have a
/// name for.
///
/// @param model `gpt2` for byte-level BPE, `llama` for SentencePiece's
/// @param pre name of the split pattern; empty for SentencePiece
/// @param splitPattern the pattern itself where `pre` can only come near it; empty else
/// @param tokens by id
/// @param scores by id; SentencePiece only
/// @param types by id, numbers as in SentencePiece files; empty where unknown
/// @param merges two tokens with a space between; byte-level BPE only
/// @param addSpacePrefix whether a text gets a space in front; SentencePiece only
public record GgufVocabulary(
    String model,
    String pre,
    String splitPattern,
    List<String> tokens,
    double[] scores,
    long[] types,
    List<String> merges,
    boolean addSpacePrefix) {
  private static final List<PreTokenizer> GPT2 = List.of(new PreTokenizer.Split(SplitPattern.GPT2));
  private static final List<PreTokenizer> CL100K =
      List.of(new PreTokenizer.Split(SplitPattern.CL100K));
  private static final List<PreTokenizer> SINGLE_DIGITS =
      List.of(new PreTokenizer.Digits(true), new PreTokenizer.Split(SplitPattern.GPT2));

  /// Split patterns by their names in llama.cpp; of several names the first is written.
  private static final Map<String, List<PreTokenizer>> PATTERNS = new LinkedHashMap<>();

  static {
    PATTERNS.put("gpt-2", GPT2);
    PATTERNS.put("llama-bpe", CL100K);
    PATTERNS.put("qwen2", List.of(new PreTokenizer.Split(SplitPattern.QWEN2)));
    PATTERNS.put("gpt-4o", List.of(new PreTokenizer.Split(SplitPattern.O200K)));
    PATTERNS.put("starcoder", SINGLE_DIGITS);
    PATTERNS.put("llama3", CL100K);
    PATTERNS.put("llama-v3", CL100K);
    PATTERNS.put("dbrx", CL100K);
    PATTERNS.put("smaug-bpe", CL100K);
    PATTERNS.put("smollm", SINGLE_DIGITS);
  }

  /// Puts a vocabulary into this form.
  ///
  /// @param size rows of the model's token table; ids beyond the vocabulary become unused ones
  public static GgufVocabulary of(Tokenizer tokenizer, int size) {
    return switch (tokenizer) {
      case BpeTokenizer bpe -> of(bpe.vocabulary(), size);
      case SentencePieceTokenizer pieces -> of(pieces, size);
      default -> throw new TokenizerException("tokenizer must be BPE to be written to GGUF");
    };
  }

  private static GgufVocabulary of(Vocabulary vocabulary, int size) {
    String[] names = TokenizerJsonWriter.names(vocabulary);
    requireRoom(names.length, size);
    boolean[] added = vocabulary.addedIds(false);
    boolean[] special = vocabulary.addedIds(true);
    List<String> tokens = new ArrayList<>();
    long[] types = new long[size];
    for (int id = 0; id < size; id++) {
      boolean unused = id >= names.length || names[id].isEmpty();
      tokens.add(unused ? "[PAD" + id + "]" : names[id]);
      SentencePiece.Kind kind =
          unused
              ? SentencePiece.Kind.UNUSED
              : special[id]
                  ? SentencePiece.Kind.CONTROL
                  : added[id] ? SentencePiece.Kind.USER_DEFINED : SentencePiece.Kind.NORMAL;
      types[id] = kind.number();
    }
    List<String> merges = new ArrayList<>();
    for (int i = 0; i < vocabulary.merges().size(); i++) {
      merges.add(names[vocabulary.merges().left(i)] + " " + names[vocabulary.merges().right(i)]);
    }
    List<PreTokenizer> steps = vocabulary.preTokenizers();
    String pre =
        PATTERNS.entrySet().stream()
            .filter(entry -> entry.getValue().equals(steps))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse("llama-bpe");
    String pattern = PATTERNS.get(pre).equals(steps) ? "" : onlyPattern(steps);
    return new GgufVocabulary("gpt2", pre, pattern, tokens, new double[0], types, merges, false);
  }

  /// The regular expression where that is all there is.
  private static String onlyPattern(List<PreTokenizer> steps) {
    return steps.size() == 1 && steps.getFirst() instanceof PreTokenizer.Split(String regex)
        ? regex
        : "";
  }

  private static GgufVocabulary of(SentencePieceTokenizer tokenizer, int size) {
    List<SentencePiece> pieces = tokenizer.pieces();
    requireRoom(pieces.size(), size);
    List<String> tokens = new ArrayList<>();
    double[] scores = new double[size];
    long[] types = new long[size];
    Arrays.fill(types, SentencePiece.Kind.UNUSED.number());
    for (int id = 0; id < size; id++) {
      boolean there = id < pieces.size() && pieces.get(id).kind() != SentencePiece.Kind.UNUSED;
      tokens.add(there ? pieces.get(id).text() : "[PAD" + id + "]");
      if (there) {
        scores[id] = pieces.get(id).score();
        types[id] = pieces.get(id).kind().number();
      }
    }
    return new GgufVocabulary(
        "llama", "default", "", tokens, scores, types, List.of(), tokenizer.spaces().front());
  }

  private static void requireRoom(int tokens, int size) {
    if (tokens > size) {
      throw new TokenizerException(
          "tokenizer (%d tokens) must not have more than the model's vocab_size (%d)"
              .formatted(tokens, size));
    }
  }

  /// Where llama.cpp will split text otherwise than `tokenizer`; empty where the ids are the same.
  public List<String> differences(Tokenizer tokenizer) {
    List<String> differences = new ArrayList<>();
    if (tokenizer instanceof BpeTokenizer bpe) {
      Vocabulary vocabulary = bpe.vocabulary();
      List<PreTokenizer> steps = vocabulary.preTokenizers();
      if (steps.equals(List.of(new PreTokenizer.Split(SplitPattern.AUSPEX)))) {
        differences.add(
            "llama.cpp has no name for the split pattern 'auspex'; with 'llama-bpe' text gets the"
                + " same ids except in runs of three or more digits and around combining marks;"
                + " train the vocabulary with --pattern cl100k to avoid this");
      } else if (!steps.equals(PATTERNS.get(pre))) {
        differences.add(
            "llama.cpp has no name for this split pattern; with 'llama-bpe' some text gets other"
                + " ids");
      }
      if (vocabulary.nfc()) {
        differences.add("llama.cpp does not bring text to Unicode's normal form C first");
      }
      if (vocabulary.prefixSpace()) {
        differences.add("llama.cpp does not put a space in front of the text");
      }
    } else if (tokenizer instanceof SentencePieceTokenizer pieces && pieces.spaces().collapsed()) {
      differences.add("llama.cpp keeps spaces at the ends of a text and several in a row");
    }
    return differences;
  }

  /// Makes a tokenizer of it.
  ///
  /// @param file for messages
  public Tokenizer tokenizer(Path file) {
    if (tokens.isEmpty()) {
      throw new TokenizerException(
          file, "tokenizer.ggml.tokens must hold the vocabulary; it is empty");
    }
    return switch (model) {
      case "gpt2" -> bpe(file);
      case "llama" -> sentencePiece(file);
      default ->
          throw new TokenizerException(
              file, "tokenizer.ggml.model (%s) must be gpt2 or llama".formatted(shown(model)));
    };
  }

  private SentencePiece.Kind kind(int id) {
    if (id < types.length) {
      return SentencePiece.Kind.of(types[id]);
    }
    String token = tokens.get(id);
    boolean looksSpecial = token.startsWith("<|") && token.endsWith("|>");
    return looksSpecial ? SentencePiece.Kind.CONTROL : SentencePiece.Kind.NORMAL;
  }

  private Tokenizer bpe(Path file) {
    List<PreTokenizer> steps =
        splitPattern.isEmpty() ? PATTERNS.get(pre) : List.of(new PreTokenizer.Split(splitPattern));
    if (steps == null) {
      throw new TokenizerException(
          file,
          "tokenizer.ggml.pre (%s) must be one of %s".formatted(shown(pre), PATTERNS.keySet()));
    }
    ObjectNode vocab = Json.MAPPER.createObjectNode();
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      switch (kind(id)) {
        case NORMAL, BYTE -> vocab.put(tokens.get(id), id);
        case CONTROL, UNKNOWN -> added.add(added(file, id, true));
        case USER_DEFINED -> added.add(added(file, id, false));
        case UNUSED -> {}
      }
    }
    VocabularyBuilder builder = new VocabularyBuilder(file, vocab, added);
    for (int i = 0; i < merges.size(); i++) {
      builder.merge("tokenizer.ggml.merges[" + i + "]", merges.get(i));
    }
    return new BpeTokenizer(
        builder.build(
            Merges.byPlace(),
            splitPattern.isEmpty() && pre.startsWith("llama"),
            steps,
            false,
            false));
  }

  private AddedToken added(Path file, int id, boolean special) {
    if (tokens.get(id).isEmpty()) {
      throw new TokenizerException(file, "tokenizer.ggml.tokens[" + id + "] must not be empty");
    }
    return new AddedToken(tokens.get(id), id, special, false);
  }

  private Tokenizer sentencePiece(Path file) {
    List<SentencePiece> pieces = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      SentencePiece.Kind kind =
          types.length == 0 && id == 0 ? SentencePiece.Kind.UNKNOWN : kind(id);
      float score = id < scores.length ? (float) scores[id] : 0;
      pieces.add(new SentencePiece(tokens.get(id), score, kind));
    }
    return new SentencePieceTokenizer(file, pieces, new SpaceRule(addSpacePrefix, false));
  }

  private static String shown(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}
