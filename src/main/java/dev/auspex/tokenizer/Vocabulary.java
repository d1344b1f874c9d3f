package dev.auspex.tokenizer;

import java.util.Arrays;
import java.util.List;

/// All that makes a byte-level BPE tokenizer, as read from a file or trained. Holds; does not work.
///
/// @param tokens bytes by id; an empty array where an id belongs to no token
/// @param merges in the order in which they are tried
/// @param wholePieceFirst whether a piece that is a token becomes it without merging
/// @param added special and other named tokens
/// @param preTokenizers how text is cut into pieces, one after the other
/// @param prefixSpace whether a text that starts without a space gets one
/// @param nfc whether text is brought to Unicode's normal form C first
record Vocabulary(
    byte[][] tokens,
    Merges merges,
    boolean wholePieceFirst,
    List<AddedToken> added,
    List<PreTokenizer> preTokenizers,
    boolean prefixSpace,
    boolean nfc) {
  Vocabulary {
    added = List.copyOf(added);
    preTokenizers = List.copyOf(preTokenizers);
  }

  /// The id of each single byte, -1 where it has none.
  int[] byteIds() {
    int[] ids = new int[256];
    Arrays.fill(ids, -1);
    boolean[] isAdded = addedIds(false);
    boolean[] isSpecial = addedIds(true);
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id].length == 1 && !isSpecial[id]) {
        int b = tokens[id][0] & 0xFF;
        ids[b] = ids[b] >= 0 && isAdded[id] ? ids[b] : id;
      }
    }
    return ids;
  }

  /// Which ids are added tokens' (or only which are special ones').
  boolean[] addedIds(boolean specialOnly) {
    boolean[] is = new boolean[tokens.length];
    for (AddedToken token : added) {
      is[token.id()] = token.special() || !specialOnly;
    }
    return is;
  }

  Splitter splitter() {
    return preTokenizers.stream()
        .map(PreTokenizer::splitter)
        .reduce(ChainSplitter::new)
        .orElse(Splitter.WHOLE);
  }

  /// The first byte without a token that text needs, or -1; vocabularies may lack the bytes that
  /// never occur in UTF-8.
  static int missingByte(int[] byteIds) {
    for (int b = 0; b < 256; b++) {
      boolean neverInText = b == 0xC0 || b == 0xC1 || b >= 0xF5;
      if (byteIds[b] < 0 && !neverInText) {
        return b;
      }
    }
    return -1;
  }
}
