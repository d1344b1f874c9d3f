package dev.auspex.tokenizer;

import dev.auspex.io.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// SentencePiece vocabularies in `tokenizer.json`: BPE with `byte_fallback`, merges in the order of
/// the scores of what they make.
final class SentencePieceJson {
  private static final int MAX_PIECES = 1 << 22;

  /// Spaces that go where a vocabulary collapses them, as this class writes it.
  private static final String ENDS = "\\A +| +\\z";

  private static final String SEVERAL = " {2,}";

  private SentencePieceJson() {}

  /// Whether a `tokenizer.json` is of this kind rather than byte-level.
  static boolean isOne(JsonNode root) {
    return root.path("model").path("byte_fallback").asBoolean(false);
  }

  static SentencePieceTokenizer read(Path file, JsonNode root) {
    JsonNode model = root.path("model");
    if (!model.path("type").asString("BPE").equals("BPE") || !model.path("vocab").isObject()) {
      throw new TokenizerException(
          file, "model must be BPE with a vocab; Unigram is not supported");
    }
    Map<String, Float> scores = scores(file, model.path("merges"));
    Map<Integer, SentencePiece> byId = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
      String text = entry.getKey();
      float score = scores.getOrDefault(text, -1e9f);
      claim(file, byId, entry.getValue(), text, score, kind(model, text));
    }
    root.path("added_tokens").forEach(added -> add(file, byId, added));
    List<SentencePiece> pieces = new ArrayList<>();
    int size = byId.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    for (int id = 0; id < size; id++) {
      SentencePiece piece = byId.get(id);
      pieces.add(piece == null ? new SentencePiece("", 0, SentencePiece.Kind.UNUSED) : piece);
    }
    return new SentencePieceTokenizer(file, pieces, spaces(file, root));
  }

  private static SentencePiece.Kind kind(JsonNode model, String text) {
    if (SentencePiece.namesByte(text)) {
      return SentencePiece.Kind.BYTE;
    }
    return text.equals(model.path("unk_token").asString(""))
        ? SentencePiece.Kind.UNKNOWN
        : SentencePiece.Kind.NORMAL;
  }

  /// An added token takes the place of a piece of the same text; the unknown piece stays what it
  /// is.
  private static void add(Path file, Map<Integer, SentencePiece> byId, JsonNode added) {
    String text = added.path("content").asString("");
    SentencePiece before = byId.get(added.path("id").asInt(-1));
    boolean known = before != null && before.text().equals(text);
    if (known && before.kind() == SentencePiece.Kind.UNKNOWN) {
      return;
    }
    if (known) {
      byId.remove(added.path("id").asInt());
    }
    SentencePiece.Kind kind =
        added.path("special").asBoolean(false)
            ? SentencePiece.Kind.CONTROL
            : SentencePiece.Kind.USER_DEFINED;
    claim(file, byId, added.path("id"), text, 0, kind);
  }

  private static void claim(
      Path file,
      Map<Integer, SentencePiece> byId,
      JsonNode id,
      String text,
      float score,
      SentencePiece.Kind kind) {
    int number = VocabularyBuilder.id(file, text, id);
    if (number >= MAX_PIECES || byId.put(number, new SentencePiece(text, score, kind)) != null) {
      throw new TokenizerException(
          file, "id (%d) must belong to one token and be below %d".formatted(number, MAX_PIECES));
    }
  }

  /// The place of the first merge that makes a piece, negated: earlier is higher.
  private static Map<String, Float> scores(Path file, JsonNode merges) {
    Map<String, Float> scores = new HashMap<>();
    for (int i = 0; i < merges.size(); i++) {
      JsonNode merge = merges.get(i);
      String whole =
          merge.isArray()
              ? merge.path(0).asString("") + merge.path(1).asString("")
              : merge.asString("").replace(" ", "");
      if (whole.isEmpty()) {
        throw new TokenizerException(file, "model.merges[" + i + "] must be two tokens");
      }
      scores.putIfAbsent(whole, (float) -scores.size());
    }
    return scores;
  }

  /// Understands Llama's two ways to say it: a normalizer, or a Metaspace pre-tokenizer.
  private static SpaceRule spaces(Path file, JsonNode root) {
    boolean front = false;
    boolean collapsed = false;
    boolean replaced = false;
    Set<String> others = new HashSet<>();
    for (JsonNode step : steps(root.path("normalizer"), "normalizers")) {
      String type = step.path("type").asString("");
      switch (type) {
        case "Prepend" -> front = true;
        case "Replace" -> {
          String pattern = step.path("pattern").path("String").asString("");
          String regex = step.path("pattern").path("Regex").asString("");
          replaced |= pattern.equals(" ") && step.path("content").asString("").equals("▁");
          collapsed |= regex.equals(SEVERAL);
          if (!pattern.equals(" ") && !List.of(ENDS, SEVERAL).contains(regex)) {
            others.add("normalizer Replace " + step.path("pattern"));
          }
        }
        default -> others.add("normalizer " + type);
      }
    }
    for (JsonNode step : steps(root.path("pre_tokenizer"), "pretokenizers")) {
      String type = step.path("type").asString("");
      if (type.equals("Metaspace")) {
        replaced = true;
        String scheme =
            step.path("add_prefix_space").asBoolean(true)
                ? step.path("prepend_scheme").asString("always")
                : "never";
        front |= !scheme.equals("never");
      } else {
        others.add("pre_tokenizer " + type);
      }
    }
    if (!replaced || !others.isEmpty()) {
      throw new TokenizerException(
          file,
          "must only replace spaces by ▁ (found %s); it is not Llama's kind".formatted(others));
    }
    return new SpaceRule(front, collapsed);
  }

  private static List<JsonNode> steps(JsonNode node, String listKey) {
    List<JsonNode> steps = new ArrayList<>();
    if (node.isObject() && node.path("type").asString("").equals("Sequence")) {
      node.path(listKey).forEach(steps::add);
    } else if (node.isObject()) {
      steps.add(node);
    }
    return steps;
  }

  static void write(Path file, SentencePieceTokenizer tokenizer) {
    List<SentencePiece> pieces = tokenizer.pieces();
    Map<String, @Nullable Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("dropout", null);
    model.put("unk_token", unknown(pieces));
    model.put("continuing_subword_prefix", null);
    model.put("end_of_word_suffix", null);
    model.put("fuse_unk", true);
    model.put("byte_fallback", true); // also what tells this kind from byte-level BPE
    model.put("ignore_merges", false);
    Map<String, Integer> vocab = new LinkedHashMap<>();
    List<Object> added = new ArrayList<>();
    for (int id = 0; id < pieces.size(); id++) {
      SentencePiece piece = pieces.get(id);
      if (piece.kind() != SentencePiece.Kind.UNUSED) {
        vocab.putIfAbsent(piece.text(), id);
      }
      switch (piece.kind()) {
        case UNKNOWN, CONTROL -> added.add(added(id, piece.text(), true));
        case USER_DEFINED -> added.add(added(id, piece.text(), false));
        case NORMAL, BYTE, UNUSED -> {}
      }
    }
    model.put("vocab", vocab);
    model.put("merges", merges(pieces));
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put("version", "1.0");
    root.put("truncation", null);
    root.put("padding", null);
    root.put("added_tokens", added);
    root.put("normalizer", normalizer(tokenizer.spaces()));
    root.put("pre_tokenizer", null);
    root.put("post_processor", null);
    root.put("decoder", decoder(tokenizer.spaces().front()));
    root.put("model", model);
    Json.write(file, root);
  }

  private static @Nullable String unknown(List<SentencePiece> pieces) {
    return pieces.stream()
        .filter(piece -> piece.kind() == SentencePiece.Kind.UNKNOWN)
        .map(SentencePiece::text)
        .findFirst()
        .orElse(null);
  }

  private static Map<String, Object> added(int id, String text, boolean special) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", id);
    entry.put("content", text);
    entry.put("single_word", false);
    entry.put("lstrip", false);
    entry.put("rstrip", false);
    entry.put("normalized", false);
    entry.put("special", special);
    return entry;
  }

  private static Object normalizer(SpaceRule spaces) {
    List<Object> steps = new ArrayList<>();
    if (spaces.collapsed()) {
      steps.add(Map.of("type", "Replace", "pattern", Map.of("Regex", ENDS), "content", ""));
      steps.add(Map.of("type", "Replace", "pattern", Map.of("Regex", SEVERAL), "content", " "));
    }
    if (spaces.front()) {
      steps.add(Map.of("type", "Prepend", "prepend", "▁"));
    }
    steps.add(Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", "▁"));
    return Map.of("type", "Sequence", "normalizers", steps);
  }

  private static Object decoder(boolean spaceInFront) {
    List<Object> steps = new ArrayList<>();
    steps.add(Map.of("type", "Replace", "pattern", Map.of("String", "▁"), "content", " "));
    steps.add(Map.of("type", "ByteFallback"));
    steps.add(Map.of("type", "Fuse"));
    if (spaceInFront) {
      steps.add(Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0));
    }
    return Map.of("type", "Sequence", "decoders", steps);
  }

  /// Every way to make a piece of two others, best piece first.
  private static List<List<String>> merges(List<SentencePiece> pieces) {
    Set<String> known = new HashSet<>();
    pieces.stream()
        .filter(piece -> piece.kind() == SentencePiece.Kind.NORMAL)
        .forEach(piece -> known.add(piece.text()));
    SentencePiece[] ordered =
        pieces.stream()
            .filter(piece -> piece.kind() == SentencePiece.Kind.NORMAL)
            .toArray(SentencePiece[]::new);
    Arrays.sort(ordered, Comparator.comparing(SentencePiece::score).reversed());
    List<List<String>> merges = new ArrayList<>();
    for (SentencePiece piece : ordered) {
      String text = piece.text();
      int cut = 0;
      while (cut < text.length()) {
        cut += Character.charCount(text.codePointAt(cut));
        if (cut < text.length()
            && known.contains(text.substring(0, cut))
            && known.contains(text.substring(cut))) {
          merges.add(List.of(text.substring(0, cut), text.substring(cut)));
        }
      }
    }
    return merges;
  }
}
