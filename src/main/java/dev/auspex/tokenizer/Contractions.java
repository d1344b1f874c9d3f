package dev.auspex.tokenizer;

/// English contractions of every known pattern: `'s|'t|'re|'ve|'m|'ll|'d`.
final class Contractions {
  private Contractions() {}

  /// The end of the contraction whose apostrophe is at `start`, or `start` when there is none.
  ///
  /// @param ignoreCase `(?i:…)` by Unicode's rules, by which U+017F (long s) is an s
  static int end(byte[] text, int start, int to, boolean ignoreCase) {
    if (start + 1 >= to || text[start] != '\'') {
      return start;
    }
    int first = letter(text[start + 1], ignoreCase);
    switch (first) {
      case 's', 't', 'm', 'd' -> {
        return start + 2;
      }
      case 'r', 'v', 'l' -> {
        int second = start + 2 < to ? letter(text[start + 2], ignoreCase) : 0;
        boolean matches = first == 'l' ? second == 'l' : second == 'e';
        return matches ? start + 3 : start;
      }
      default -> {
        boolean longS =
            ignoreCase
                && start + 2 < to
                && text[start + 1] == (byte) 0xC5
                && text[start + 2] == (byte) 0xBF;
        return longS ? start + 3 : start;
      }
    }
  }

  private static int letter(byte b, boolean ignoreCase) {
    return ignoreCase && b >= 'A' && b <= 'Z' ? b | 0x20 : b;
  }
}
