package dev.auspex.tokenizer;

import java.util.Random;

/// Awkward text made from a seed: all classes of characters that split patterns tell apart.
final class RandomTexts {
  private static final String[] PARTS = {
    " ",
    "  ",
    "   ",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\u0085",
    "'",
    "'s",
    "'S",
    "'ll",
    "'RE",
    "'\u017f",
    "'v",
    "a",
    "B",
    "word",
    "Word",
    "WORD",
    "camelCase",
    "\u00e9",
    "e\u0301",
    "\u0130",
    "\u01c5",
    "\u02b0",
    "\u65e5\u672c",
    "\u0915\u094d\u0937\u093f",
    "\u0e01\u0e33",
    "\u0645\u064e",
    "1",
    "12",
    "123456",
    "\u0663",
    "\u00bd",
    "\u2167",
    "!",
    "((",
    "==",
    "/",
    "//",
    "_",
    "-",
    "\ud83d\ude36\u200d\ud83c\udf2b\ufe0f",
    "\ud835\udd18",
    "\ud800",
    "\udc00",
    "\u0000",
    "\u001b[0m",
    "\u200b",
    "\ufeff",
    "\u0300",
    "\ue000",
    "\u0378",
    "<|end|>",
    "<|endoftext|>"
  };

  private RandomTexts() {}

  static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int parts = random.nextInt(24);
    for (int i = 0; i < parts; i++) {
      if (random.nextInt(8) == 0) {
        text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
      } else {
        text.append(PARTS[random.nextInt(PARTS.length)]);
      }
    }
    return text.toString();
  }

  /// Bytes of a text with some overwritten, so that most are not valid UTF-8.
  static byte[] bytes(Random random) {
    byte[] bytes = Utf8.bytes(text(random));
    for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }
}
