package dev.auspex.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Byte-level BPE, ours and other people's. Immutable and thread-safe.
///
/// `decodeBytes(encode(x))` equals `x` for any bytes and any String, unless the tokenizer's own
/// file asks for a changed text (normal form C, a space in front).
public final class BpeTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final Splitter splitter;
  private final MergeTable merges;
  private final PieceTable wholePieces;
  private final PieceCache cache = new PieceCache();
  private final Map<String, Integer> specials;
  private final boolean[] isSpecial;
  private final Finders plain;
  private final Finders trusted;

  /// What is looked for before and after the normalizer.
  private record Finders(AddedTokenFinder raw, AddedTokenFinder normalized) {
    static Finders of(List<AddedToken> tokens, Predicate<AddedToken> wanted) {
      Predicate<AddedToken> normalized = AddedToken::normalized;
      return new Finders(
          new AddedTokenFinder(tokens.stream().filter(wanted.and(normalized.negate())).toList()),
          new AddedTokenFinder(tokens.stream().filter(wanted.and(normalized)).toList()));
    }
  }

  BpeTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.splitter = vocabulary.splitter();
    this.merges = new MergeTable(vocabulary.byteIds(), vocabulary.merges());
    this.isSpecial = vocabulary.addedIds(true);
    this.specials = specials(vocabulary.added());
    this.plain = Finders.of(vocabulary.added(), token -> !token.special());
    this.trusted = Finders.of(vocabulary.added(), _ -> true);
    this.wholePieces = wholePieces(vocabulary, merges);
  }

  /// Reads `tokenizer.json`, a tiktoken rank file, `vocab.json` with `merges.txt` beside it (all of
  /// them also as `.gz`), or a folder that holds one of these.
  ///
  /// @throws TokenizerException when the file is broken or needs something that is not supported
  public static BpeTokenizer load(Path path) {
    return new BpeTokenizer(TokenizerFiles.read(path));
  }

  /// Reads a tiktoken rank file.
  ///
  /// @param encoding a name such as `cl100k_base`, or a split pattern
  public static BpeTokenizer loadTiktoken(Path path, String encoding) {
    return new BpeTokenizer(TiktokenFile.read(path, encoding));
  }

  /// Reads GPT-2's pair of files.
  public static BpeTokenizer loadGpt2(Path vocabJson, Path mergesTxt) {
    return new BpeTokenizer(Gpt2Files.read(vocabJson, mergesTxt, List.of()));
  }

  @Override
  public void save(Path path) {
    TokenizerJsonWriter.write(path, vocabulary);
  }

  @Override
  public int vocabSize() {
    return vocabulary.tokens().length;
  }

  @Override
  public int[] encode(String text) {
    return encode(Utf8.bytes(text));
  }

  @Override
  public int[] encode(byte[] utf8OrAnyBytes) {
    return encode(utf8OrAnyBytes, plain);
  }

  @Override
  public int[] encodeWithSpecials(String template) {
    return encode(Utf8.bytes(template), trusted);
  }

  @Override
  public byte[] decodeBytes(int[] ids) {
    int length = 0;
    for (int id : ids) {
      length = Math.addExact(length, token(id).length);
    }
    byte[] bytes = new byte[length];
    int n = 0;
    for (int id : ids) {
      byte[] token = vocabulary.tokens()[id];
      System.arraycopy(token, 0, bytes, n, token.length);
      n += token.length;
    }
    return bytes;
  }

  @Override
  public String decode(int[] ids) {
    return Utf8.string(decodeBytes(ids));
  }

  @Override
  public byte[] tokenBytes(int id) {
    return token(id).clone();
  }

  @Override
  public OptionalInt specialId(String name) {
    Integer id = specials.get(name);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public Map<String, Integer> specials() {
    return specials;
  }

  @Override
  public boolean isSpecial(int id) {
    return id >= 0 && id < isSpecial.length && isSpecial[id];
  }

  /// What this tokenizer was made from.
  Vocabulary vocabulary() {
    return vocabulary;
  }

  private byte[] token(int id) {
    if (id < 0 || id >= vocabSize()) {
      throw new TokenizerException(
          "id (%d) must be between 0 and %d; was it made by another tokenizer?"
              .formatted(id, vocabSize() - 1));
    }
    return vocabulary.tokens()[id];
  }

  private int[] encode(byte[] text, Finders finders) {
    IntList ids = new IntList(text.length / 4 + 8);
    Merger merger = new Merger(merges);
    finders.raw.find(
        text,
        0,
        text.length,
        new Step(ids) {
          @Override
          public void text(byte[] bytes, int from, int to) {
            encodeRaw(bytes, from, to, finders, ids, merger);
          }
        });
    return ids.toArray();
  }

  private void encodeRaw(
      byte[] text, int from, int to, Finders finders, IntList ids, Merger merger) {
    boolean changed = vocabulary.nfc() && !Utf8.isAscii(text, from, to);
    byte[] bytes = changed ? NormalForm.nfc(text, from, to) : text;
    finders.normalized.find(
        bytes,
        changed ? 0 : from,
        changed ? bytes.length : to,
        new Step(ids) {
          @Override
          public void text(byte[] part, int start, int end) {
            encodePlain(part, start, end, ids, merger);
          }
        });
  }

  /// Puts down the ids of added tokens; what to do with text is left open.
  private abstract static class Step implements AddedTokenFinder.Parts {
    private final IntList ids;

    Step(IntList ids) {
      this.ids = ids;
    }

    @Override
    public void token(int id) {
      ids.add(id);
    }
  }

  private void encodePlain(byte[] text, int from, int to, IntList ids, Merger merger) {
    if (vocabulary.prefixSpace() && text[from] != ' ') {
      byte[] spaced = new byte[to - from + 1];
      spaced[0] = ' ';
      System.arraycopy(text, from, spaced, 1, to - from);
      encodePieces(spaced, 0, spaced.length, ids, merger);
    } else {
      encodePieces(text, from, to, ids, merger);
    }
  }

  private void encodePieces(byte[] text, int from, int to, IntList ids, Merger merger) {
    Splitter.Cursor cursor = splitter.cursor(text, from, to);
    int start = from;
    for (int end = cursor.next(); end >= 0; end = cursor.next()) {
      encodePiece(text, start, end - start, ids, merger);
      start = end;
    }
  }

  private void encodePiece(byte[] text, int from, int length, IntList ids, Merger merger) {
    long head = PieceHash.head(text, from, length);
    int hash = PieceHash.hash(head, text, from, length);
    int id = wholePieces.find(text, from, length, head, hash);
    if (id >= 0) {
      ids.add(id);
    } else {
      mergePiece(text, from, length, head, hash, ids, merger);
    }
  }

  private void mergePiece(
      byte[] text, int from, int length, long head, int hash, IntList ids, Merger merger) {
    if (length == 1) {
      throw new TokenizerException(
          "byte (0x%02X) at offset %d must have a token in this vocabulary; give it UTF-8 text"
              .formatted(text[from] & 0xFF, from));
    }
    int[] cached = cache.find(text, from, length, head, hash);
    if (cached != null) {
      ids.addAll(cached, cached.length);
      return;
    }
    int count = merger.merge(text, from, length);
    ids.addAll(merger.ids(), count);
    if (length <= PieceCache.MAX_LENGTH) {
      cache.put(text, from, length, head, hash, Arrays.copyOf(merger.ids(), count));
    }
  }

  private static Map<String, Integer> specials(List<AddedToken> added) {
    List<AddedToken> sorted = new ArrayList<>(added);
    sorted.sort(Comparator.comparingInt(AddedToken::id));
    Map<String, Integer> specials = new LinkedHashMap<>();
    for (AddedToken token : sorted) {
      if (token.special()) {
        specials.put(token.name(), token.id());
      }
    }
    return Collections.unmodifiableMap(specials);
  }

  /// Tokens that their own bytes as a piece become; where merging decides, only those it reaches.
  private static PieceTable wholePieces(Vocabulary vocabulary, MergeTable merges) {
    byte[][] tokens = vocabulary.tokens();
    boolean[] added = vocabulary.addedIds(false);
    PieceTable table = new PieceTable(tokens, tokens.length);
    Merger merger = new Merger(merges);
    for (int id = 0; id < tokens.length; id++) {
      byte[] token = tokens[id];
      if (token.length == 0 || token.length > 1 && added[id]) {
        continue;
      }
      boolean reached =
          vocabulary.wholePieceFirst() && token.length > 1
              || merger.merge(token, 0, token.length) == 1 && merger.ids()[0] == id;
      if (reached) {
        table.put(id);
      }
    }
    return table;
  }
}
