package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Token.Kind;
import java.util.List;
import java.util.Locale;

/// A place in a list of tokens, and how deeply nested it is.
final class TokenReader {
  private static final int DEEPEST = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  /// @param tokens the last is {@link Kind#END}
  TokenReader(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  /// The token after the next one, which must not be the last.
  Token second() {
    return tokens.get(at + 1);
  }

  void skip(int count) {
    at += count;
  }

  /// Reads a token that must be of a kind.
  String take(Kind kind) {
    if (peek().kind() != kind) {
      throw unexpected();
    }
    return tokens.get(at++).text();
  }

  /// Whether the next token is this sign, which is then read.
  boolean sign(String sign) {
    boolean there = peek().is(Kind.SIGN, sign);
    at += there ? 1 : 0;
    return there;
  }

  /// Whether the next token is this word, which is then read.
  boolean keyword(String word) {
    boolean there = peek().is(Kind.NAME, word);
    at += there ? 1 : 0;
    return there;
  }

  /// Reads a sign that must be there.
  void close(String sign) {
    if (!sign(sign)) {
      throw unexpected();
    }
  }

  /// Goes one level deeper; refuses what would overflow the stack.
  void deeper() {
    if (++depth > DEEPEST) {
      throw new ChatTemplateException("the chat template must be less deeply nested");
    }
  }

  void shallower() {
    depth--;
  }

  ChatTemplateException unexpected() {
    return new ChatTemplateException(
        "the chat template has '%s' (%s) where it is not understood"
            .formatted(peek().text(), peek().kind().name().toLowerCase(Locale.ROOT)));
  }
}
