package dev.auspex.tokenizer;

import java.util.Arrays;

/// GPT-2's way to write bytes as visible characters, used by `tokenizer.json` and `vocab.json`.
final class ByteAlphabet {
  private static final char[] TO_CHAR = new char[256];
  private static final short[] TO_BYTE = new short[512];

  static {
    Arrays.fill(TO_BYTE, (short) -1);
    int spare = 256;
    for (int b = 0; b < 256; b++) {
      boolean visible = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      TO_CHAR[b] = (char) (visible ? b : spare++);
      TO_BYTE[TO_CHAR[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  static String write(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      text.append(TO_CHAR[b & 0xFF]);
    }
    return text.toString();
  }

  /// The bytes, or an empty array when a character is not of the alphabet.
  static byte[] read(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = text.charAt(i);
      if (c >= TO_BYTE.length || TO_BYTE[c] < 0) {
        return new byte[0];
      }
      bytes[i] = (byte) TO_BYTE[c];
    }
    return bytes;
  }
}
