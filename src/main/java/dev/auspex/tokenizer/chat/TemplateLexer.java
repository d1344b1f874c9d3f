package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Cuts a template into tokens.
///
/// White space around tags goes as Transformers sets Jinja: the line break after a block goes, and
/// so do the blanks before a block that begins its line (`trim_blocks`, `lstrip_blocks`); `-` takes
/// all white space of its side.
final class TemplateLexer {
  private static final List<String> SIGNS =
      List.of(
          "==", "!=", "<=", ">=", "//", "**", "<", ">", "=", "+", "-", "*", "/", "%", "~", "|", "(",
          ")", "[", "]", "{", "}", ",", ".", ":");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  /// Where the white space of the text to come begins to count.
  private boolean trimNext;

  private TemplateLexer(String source) {
    this.source = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
  }

  static List<Token> tokens(String source) {
    TemplateLexer lexer = new TemplateLexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag();
      text(tag);
      at = tag;
      if (tag < source.length()) {
        tag();
      }
    }
    tokens.add(new Token(Kind.END, ""));
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return source.length();
  }

  private void text(int end) {
    String text = source.substring(at, end);
    if (trimNext) {
      text = text.stripLeading();
    }
    boolean tag = end + 2 < source.length();
    if (tag && source.charAt(end + 2) == '-') {
      text = text.stripTrailing();
    } else if (tag && source.charAt(end + 1) != '{' && source.charAt(end + 2) != '+') {
      int line = text.lastIndexOf('\n') + 1;
      boolean beginsLine = line > 0 || at == 0 || source.charAt(at - 1) == '\n';
      if (beginsLine && text.substring(line).isBlank()) {
        text = text.substring(0, line);
      }
    }
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.TEXT, text));
    }
    trimNext = false;
  }

  private void tag() {
    char kind = source.charAt(at + 1);
    at += 2;
    if (kind == '#') {
      int end = source.indexOf("#}", at);
      if (end < 0) {
        throw new ChatTemplateException("the chat template must end its comment with #}");
      }
      at = end + 2;
      after(source.charAt(end - 1) == '-', true);
      return;
    }
    if (at < source.length() && "-+".indexOf(source.charAt(at)) >= 0) {
      at++;
    }
    boolean block = kind == '%';
    tokens.add(new Token(block ? Kind.BLOCK_BEGIN : Kind.PRINT_BEGIN, ""));
    inside(block ? "%}" : "}}", block);
  }

  private void inside(String close, boolean block) {
    int open = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      boolean minus = c == '-' && source.startsWith(close, at + 1);
      if (open == 0 && (minus || source.startsWith(close, at))) {
        at += close.length() + (minus ? 1 : 0);
        tokens.add(new Token(block ? Kind.BLOCK_END : Kind.PRINT_END, ""));
        after(minus, block);
        return;
      }
      open += c == '{' ? 1 : c == '}' ? -1 : 0;
      one(c);
    }
    throw new ChatTemplateException("the chat template must end its tag with " + close);
  }

  private void after(boolean minus, boolean block) {
    if (minus) {
      trimNext = true;
    } else if (block && source.startsWith("\n", at)) {
      at++;
    }
  }

  private void one(char c) {
    int start = at;
    if (Character.isWhitespace(c)) {
      at++;
    } else if (c == '"' || c == '\'') {
      string(c);
    } else if (Character.isDigit(c)) {
      while (at < source.length() && isNumber(at)) {
        at++;
      }
      tokens.add(new Token(Kind.NUMBER, source.substring(start, at)));
    } else if (Character.isLetter(c) || c == '_') {
      while (at < source.length()
          && (Character.isLetterOrDigit(source.charAt(at)) || source.charAt(at) == '_')) {
        at++;
      }
      tokens.add(new Token(Kind.NAME, source.substring(start, at)));
    } else {
      sign();
    }
  }

  private boolean isNumber(int i) {
    char c = source.charAt(i);
    return Character.isDigit(c)
        || c == '.' && i + 1 < source.length() && Character.isDigit(source.charAt(i + 1));
  }

  private void sign() {
    for (String sign : SIGNS) {
      if (source.startsWith(sign, at)) {
        tokens.add(new Token(Kind.SIGN, sign));
        at += sign.length();
        return;
      }
    }
    throw new ChatTemplateException(
        "the chat template has '%c' in a tag, which is not understood"
            .formatted(source.charAt(at)));
  }

  private void string(char quote) {
    StringBuilder text = new StringBuilder();
    for (at++; at < source.length(); at++) {
      char c = source.charAt(at);
      if (c == quote) {
        at++;
        tokens.add(new Token(Kind.STRING, text.toString()));
        return;
      }
      if (c == '\\' && at + 1 < source.length()) {
        at++;
        text.append(
            switch (source.charAt(at)) {
              case 'n' -> "\n";
              case 't' -> "\t";
              case 'r' -> "\r";
              case '\\', '\'', '"' -> String.valueOf(source.charAt(at));
              default -> "\\" + source.charAt(at);
            });
      } else {
        text.append(c);
      }
    }
    throw new ChatTemplateException("the chat template must end its string with " + quote);
  }
}
