package dev.auspex.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.PriorityQueue;

/// SentencePiece's BPE (Kudo and Richardson 2018, arXiv 1808.06226) as Llama 1 and 2 use it: pieces
/// with scores, `▁` for a space, one put in front of the text, bytes where no piece fits. Immutable
/// and thread-safe. Only reads vocabularies; it trains none.
public final class SentencePieceTokenizer implements Tokenizer {
  private static final byte[] SPACE = Utf8.bytes("▁");

  private final List<SentencePiece> pieces;
  private final SpaceRule spaces;
  private final Map<Piece, Integer> ids = new HashMap<>();
  private final int[] byteIds = new int[256];
  private final Map<String, Integer> specials;
  private final int unknown;
  private final AddedTokenFinder plain;
  private final AddedTokenFinder trusted;

  /// @param pieces by id
  /// @param spaces what is done with the spaces of a text first
  SentencePieceTokenizer(Path file, List<SentencePiece> pieces, SpaceRule spaces) {
    this.pieces = List.copyOf(pieces);
    this.spaces = spaces;
    Arrays.fill(byteIds, -1);
    Map<String, Integer> named = new LinkedHashMap<>();
    List<AddedToken> added = new ArrayList<>();
    int unk = -1;
    for (int id = 0; id < pieces.size(); id++) {
      SentencePiece piece = pieces.get(id);
      switch (piece.kind()) {
        case NORMAL -> ids.putIfAbsent(new Piece(Utf8.bytes(piece.text())), id);
        case BYTE -> byteIds[piece.byteValue(file) & 0xFF] = id;
        case UNKNOWN -> {
          unk = id;
          named.put(piece.text(), id);
        }
        case CONTROL -> named.put(piece.text(), id);
        case USER_DEFINED -> {
          if (!piece.text().isEmpty()) {
            added.add(new AddedToken(piece.text(), id, false, false));
          }
        }
        case UNUSED -> {}
      }
    }
    this.unknown = unk;
    this.specials = Collections.unmodifiableMap(named);
    this.plain = new AddedTokenFinder(added);
    named.forEach(
        (name, id) -> {
          if (!name.isEmpty()) {
            added.add(new AddedToken(name, id, true, false));
          }
        });
    this.trusted = new AddedTokenFinder(added);
    boolean bytes = Arrays.stream(byteIds).allMatch(id -> id >= 0);
    if (ids.isEmpty() || unknown < 0 && !bytes) {
      throw new TokenizerException(
          file, "must have pieces, and an unknown one or all 256 bytes; fetch it again");
    }
  }

  /// The pieces by id.
  List<SentencePiece> pieces() {
    return pieces;
  }

  /// What is done with the spaces of a text first.
  SpaceRule spaces() {
    return spaces;
  }

  @Override
  public void save(Path path) {
    SentencePieceJson.write(path, this);
  }

  @Override
  public int vocabSize() {
    return pieces.size();
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

  private int[] encode(byte[] text, AddedTokenFinder finder) {
    IntList out = new IntList(text.length / 3 + 8);
    finder.find(
        text,
        0,
        text.length,
        new AddedTokenFinder.Parts() {
          private boolean front = spaces.front();

          @Override
          public void text(byte[] bytes, int from, int to) {
            byte[] text = spaces.collapsed() ? collapsed(bytes, from, to) : cut(bytes, from, to);
            if (text.length > 0 || !spaces.collapsed()) {
              new Merging(escaped(text, front)).run(out);
              front = false;
            }
          }

          @Override
          public void token(int id) {
            out.add(id);
            front = spaces.front() && pieces.get(id).kind() != SentencePiece.Kind.USER_DEFINED;
          }
        });
    return out.toArray();
  }

  private static byte[] cut(byte[] text, int from, int to) {
    return Arrays.copyOfRange(text, from, to);
  }

  /// The bytes without spaces at their ends, and one for several.
  private static byte[] collapsed(byte[] text, int from, int to) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
    boolean due = false;
    for (int i = from; i < to; i++) {
      if (text[i] == ' ') {
        due = out.size() > 0;
      } else {
        if (due) {
          out.write(' ');
          due = false;
        }
        out.write(text[i]);
      }
    }
    return out.toByteArray();
  }

  /// The bytes with `▁` for each space, and one in front where asked for.
  private static byte[] escaped(byte[] text, boolean front) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + 16);
    if (front) {
      out.writeBytes(SPACE);
    }
    for (byte b : text) {
      if (b == ' ') {
        out.writeBytes(SPACE);
      } else {
        out.write(b);
      }
    }
    return out.toByteArray();
  }

  /// One text being merged: characters in a linked list, the best neighbouring pair first, the left
  /// one where scores are equal.
  private final class Merging {
    private final byte[] text;
    private final int[] start;
    private final int[] end;
    private final int[] next;
    private final int[] previous;
    private final PriorityQueue<Pair> queue = new PriorityQueue<>();
    private int count;
    private boolean afterUnknown;

    Merging(byte[] text) {
      this.text = text;
      this.start = new int[text.length];
      this.end = new int[text.length];
      this.next = new int[text.length];
      this.previous = new int[text.length];
      for (int i = 0; i < text.length; count++) {
        int codePoint = Utf8.codePoint(text, i, text.length);
        start[count] = i;
        i += codePoint < 0 ? 1 : Utf8.width(codePoint);
        end[count] = i;
        next[count] = count + 1;
        previous[count] = count - 1;
      }
    }

    void run(IntList out) {
      for (int i = 0; i + 1 < count; i++) {
        offer(i, i + 1);
      }
      for (Pair pair = queue.poll(); pair != null; pair = queue.poll()) {
        boolean current =
            end[pair.left] == start[pair.right]
                && end[pair.right] - start[pair.left] == pair.length
                && start[pair.left] < end[pair.left]
                && start[pair.right] < end[pair.right];
        if (current) {
          join(pair.left, pair.right);
        }
      }
      for (int i = 0; i < count; i = next[i]) {
        put(i, out);
      }
    }

    private void join(int left, int right) {
      end[left] = end[right];
      start[right] = end[right];
      next[left] = next[right];
      if (next[left] < count) {
        previous[next[left]] = left;
        offer(left, next[left]);
      }
      if (previous[left] >= 0) {
        offer(previous[left], left);
      }
    }

    private void offer(int left, int right) {
      Integer id = ids.get(new Piece(Arrays.copyOfRange(text, start[left], end[right])));
      if (id != null) {
        queue.add(new Pair(left, right, end[right] - start[left], pieces.get(id).score()));
      }
    }

    private void put(int symbol, IntList out) {
      Integer id = ids.get(new Piece(Arrays.copyOfRange(text, start[symbol], end[symbol])));
      if (id != null) {
        out.add(id);
        afterUnknown = false;
        return;
      }
      for (int i = start[symbol]; i < end[symbol]; i++) {
        int byteId = byteIds[text[i] & 0xFF];
        if (byteId < 0) {
          unknown(out);
          return;
        }
        out.add(byteId);
        afterUnknown = false;
      }
    }

    /// Several unknown characters in a row are one token.
    private void unknown(IntList out) {
      if (!afterUnknown) {
        out.add(unknown);
      }
      afterUnknown = true;
    }
  }

  private record Pair(int left, int right, int length, float score) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byScore = Float.compare(other.score, score);
      return byScore != 0 ? byScore : Integer.compare(left, other.left);
    }
  }

  @Override
  public byte[] decodeBytes(int[] idList) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int id : idList) {
      out.writeBytes(tokenBytes(id));
    }
    byte[] bytes = out.toByteArray();
    boolean strip = spaces.front() && bytes.length > 0 && bytes[0] == ' ';
    return strip ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  @Override
  public String decode(int[] idList) {
    return Utf8.string(decodeBytes(idList));
  }

  @Override
  public byte[] tokenBytes(int id) {
    if (id < 0 || id >= pieces.size()) {
      throw new TokenizerException(
          "id (%d) must be between 0 and %d; was it made by another tokenizer?"
              .formatted(id, pieces.size() - 1));
    }
    SentencePiece piece = pieces.get(id);
    return switch (piece.kind()) {
      case BYTE -> new byte[] {piece.byteValue(Path.of(""))};
      case NORMAL, USER_DEFINED -> Utf8.bytes(piece.text().replace('▁', ' '));
      case UNKNOWN, CONTROL, UNUSED -> Utf8.bytes(piece.text());
    };
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
    return id >= 0
        && id < pieces.size()
        && (pieces.get(id).kind() == SentencePiece.Kind.CONTROL
            || pieces.get(id).kind() == SentencePiece.Kind.UNKNOWN);
  }
}
