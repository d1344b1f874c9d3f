package dev.auspex.tokenizer;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads SentencePiece's own `tokenizer.model`, a protocol buffer: the pieces, and how text is
/// brought to a normal form before. BPE without normal forms only, as Llama 1 and 2 have it.
///
/// Field numbers are those of `sentencepiece_model.proto`.
final class SentencePieceModel {
  private static final int PIECES = 1;
  private static final int TRAINER = 2;
  private static final int NORMALIZER = 3;

  /// `model_type` of the trainer's part; 1, Unigram, where it is absent.
  private static final List<String> MODEL_TYPES = List.of("", "Unigram", "BPE", "word", "char");

  private final Path file;
  private final ByteBuffer bytes;
  private final List<SentencePiece> pieces = new ArrayList<>();
  private int modelType = 1;
  private boolean spaceInFront = true;
  private boolean collapsed = true;

  private SentencePieceModel(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Whether a file's name is that of one.
  static boolean isOne(Path file) {
    return file.getFileName().toString().endsWith(".model");
  }

  /// @param added tokens from other files, which replace pieces of the same id or come after them
  static SentencePieceTokenizer read(Path file, List<AddedToken> added) {
    SentencePieceModel model = new SentencePieceModel(file, TokenizerFiles.bytes(file));
    model.message(model.bytes.limit(), model::part);
    if (model.modelType != 2 && model.modelType != 4) {
      String name =
          model.modelType > 0 && model.modelType < MODEL_TYPES.size()
              ? MODEL_TYPES.get(model.modelType)
              : String.valueOf(model.modelType);
      throw new TokenizerException(file, "model_type (" + name + ") must be BPE");
    }
    added.forEach(model::add);
    SpaceRule spaces = new SpaceRule(model.spaceInFront, model.collapsed);
    return new SentencePieceTokenizer(file, model.pieces, spaces);
  }

  private void add(AddedToken token) {
    if (token.id() > pieces.size() + (1 << 16)) {
      throw new TokenizerException(
          file,
          "\"%s\" (id %d) must be near the %d pieces"
              .formatted(token.name(), token.id(), pieces.size()));
    }
    while (pieces.size() <= token.id()) {
      pieces.add(new SentencePiece("", 0, SentencePiece.Kind.UNUSED));
    }
    SentencePiece before = pieces.get(token.id());
    boolean known = before.text().equals(token.name());
    if (!known && before.kind() != SentencePiece.Kind.UNUSED) {
      throw new TokenizerException(
          file, "\"%s\" must not have the id of \"%s\"".formatted(token.name(), before.text()));
    }
    if (before.kind() != SentencePiece.Kind.UNKNOWN) {
      SentencePiece.Kind kind =
          token.special() ? SentencePiece.Kind.CONTROL : SentencePiece.Kind.USER_DEFINED;
      pieces.set(token.id(), new SentencePiece(token.name(), 0, kind));
    }
  }

  private void part(int field, int wire, long value) {
    if (wire == 2 && field == PIECES) {
      pieces.add(piece(end(value)));
    } else if (wire == 2 && field == TRAINER) {
      message(end(value), this::trainer);
    } else if (wire == 2 && field == NORMALIZER) {
      message(end(value), this::normalizer);
    } else {
      skip(wire, value);
    }
  }

  private SentencePiece piece(int end) {
    String[] text = {""};
    float[] score = {0};
    long[] kind = {1};
    message(
        end,
        (field, wire, value) -> {
          if (field == 1 && wire == 2) {
            text[0] = text(value);
          } else if (field == 2 && wire == 5) {
            score[0] = Float.intBitsToFloat((int) value);
          } else if (field == 3 && wire == 0) {
            kind[0] = value;
          } else {
            skip(wire, value);
          }
        });
    return new SentencePiece(text[0], score[0], SentencePiece.Kind.of(kind[0]));
  }

  private void trainer(int field, int wire, long value) {
    if (field == 3 && wire == 0) {
      modelType = Math.clamp(value, 0, 100);
    } else if (field == 24 && wire == 0 && value != 0) {
      throw new TokenizerException(file, "treat_whitespace_as_suffix (true) must be false");
    } else {
      skip(wire, value);
    }
  }

  private void normalizer(int field, int wire, long value) {
    if (field == 2 && wire == 2 && value > 0) {
      throw new TokenizerException(
          file, "normalizer (a table of %d bytes) must be identity".formatted(value));
    } else if (field == 3 && wire == 0) {
      spaceInFront = value != 0;
    } else if (field == 4 && wire == 0) {
      collapsed = value != 0;
    } else if (field == 5 && wire == 0 && value == 0) {
      throw new TokenizerException(file, "escape_whitespaces (false) must be true");
    } else {
      skip(wire, value);
    }
  }

  /// What is done with a field.
  private interface Field {
    /// @param wire how it is written: 0 as varint, 1 in 8 bytes, 2 as bytes, 5 in 4 bytes
    /// @param value the number itself; of bytes their length, and they come next
    void accept(int number, int wire, long value);
  }

  private void message(int end, Field each) {
    while (bytes.position() < end) {
      int start = bytes.position();
      try {
        long tag = varint();
        int wire = (int) (tag & 7);
        long value =
            switch (wire) {
              case 0, 2 -> varint();
              case 1 -> bytes.getLong();
              case 5 -> bytes.getInt();
              default -> throw broken(start);
            };
        each.accept((int) Math.min(tag >>> 3, Integer.MAX_VALUE), wire, value);
      } catch (BufferUnderflowException _) {
        throw broken(start);
      }
      if (bytes.position() > end) {
        throw broken(start);
      }
    }
  }

  private long varint() {
    int start = bytes.position();
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw broken(start);
  }

  /// Where bytes of this length end.
  private int end(long length) {
    if (length < 0 || length > bytes.remaining()) {
      throw broken(bytes.position());
    }
    return bytes.position() + (int) length;
  }

  private String text(long length) {
    byte[] text = new byte[end(length) - bytes.position()];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private void skip(int wire, long value) {
    if (wire == 2) {
      bytes.position(end(value));
    }
  }

  private TokenizerException broken(int offset) {
    return new TokenizerException(
        file, "(byte %d) is no SentencePiece model; fetch it again".formatted(offset));
  }
}
