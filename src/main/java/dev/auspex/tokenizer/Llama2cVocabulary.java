package dev.auspex.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads llama2.c's `tokenizer.bin`: the greatest length, then score, length and bytes of each
/// piece.
///
/// The file knows no number of pieces and writes `▁` as a space; ids 0 to 2 are the unknown, the
/// start and the end token, the 256 after them bytes where they are named so.
public final class Llama2cVocabulary {
  private Llama2cVocabulary() {}

  /// @param vocabSize number of pieces, from the model's header
  public static Tokenizer read(Path file, int vocabSize) {
    ByteBuffer bytes = ByteBuffer.wrap(TokenizerFiles.bytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < 4 || vocabSize > bytes.remaining() / 8) {
      throw broken(file, 0, "is too short for " + vocabSize + " pieces");
    }
    bytes.getInt();
    List<SentencePiece> pieces = new ArrayList<>();
    for (int id = 0; id < vocabSize; id++) {
      if (bytes.remaining() < 8) {
        throw broken(file, bytes.position(), "ends before piece " + id + " of " + vocabSize);
      }
      float score = bytes.getFloat();
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        throw broken(file, bytes.position() - 4, "gives piece " + id + " " + length + " bytes");
      }
      byte[] text = new byte[length];
      bytes.get(text);
      pieces.add(piece(id, new String(text, StandardCharsets.UTF_8), score));
    }
    if (bytes.hasRemaining()) {
      throw broken(file, bytes.position(), "goes on after piece " + (vocabSize - 1));
    }
    return new SentencePieceTokenizer(file, pieces, new SpaceRule(true, false));
  }

  private static SentencePiece piece(int id, String text, float score) {
    String name = text.strip();
    if (id == 0) {
      return new SentencePiece(name, score, SentencePiece.Kind.UNKNOWN);
    }
    if (id <= 2) {
      return new SentencePiece(name, score, SentencePiece.Kind.CONTROL);
    }
    if (SentencePiece.namesByte(text)) {
      return new SentencePiece(text, score, SentencePiece.Kind.BYTE);
    }
    return new SentencePiece(text.replace(' ', '▁'), score, SentencePiece.Kind.NORMAL);
  }

  private static TokenizerException broken(Path file, int offset, String what) {
    return new TokenizerException(
        file, "(byte %d) %s; does it belong to this model?".formatted(offset, what));
  }
}
