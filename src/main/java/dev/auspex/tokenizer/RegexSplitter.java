package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Any split pattern by `java.util.regex`: for patterns without a hand-written splitter.
///
/// What lies between two matches is a piece too.
final class RegexSplitter implements Splitter {
  private final Pattern pattern;

  /// @param regex the pattern as tokenizer files write it; Unicode rules always apply
  RegexSplitter(String regex) {
    try {
      pattern = Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException e) {
      throw new TokenizerException(
          "split pattern (%s) must be a regular expression Java understands: %s; rewrite it"
              .formatted(regex, e.getDescription()));
    }
  }

  @Override
  public Cursor cursor(byte[] text, int from, int to) {
    return new Walk(pattern, text, from, to);
  }

  private static final class Walk implements Cursor {
    private final Pattern pattern;
    private final byte[] text;
    private final int to;
    private int position;

    /// The valid stretch of text at work: its characters, how far they are cut, the match ahead.
    private String stretch = "";
    private Matcher matcher;
    private int done;
    private int matchStart;
    private int matchEnd;

    Walk(Pattern pattern, byte[] text, int from, int to) {
      this.pattern = pattern;
      this.text = text;
      this.position = from;
      this.to = to;
      this.matcher = pattern.matcher(stretch);
    }

    @Override
    public int next() {
      if (done < stretch.length()) {
        return advance();
      }
      if (position >= to) {
        return -1;
      }
      int end = Utf8.validEnd(text, position, to);
      if (end == position) {
        position++;
        return position;
      }
      stretch = new String(text, position, end - position, StandardCharsets.UTF_8);
      matcher = pattern.matcher(stretch);
      done = 0;
      find();
      return advance();
    }

    private int advance() {
      int end = done < matchStart ? matchStart : matchEnd;
      position += bytes(done, end);
      done = end;
      if (done == matchEnd) {
        find();
      }
      return position;
    }

    private void find() {
      while (matcher.find()) {
        if (matcher.end() > matcher.start()) {
          matchStart = matcher.start();
          matchEnd = matcher.end();
          return;
        }
      }
      matchStart = stretch.length();
      matchEnd = stretch.length();
    }

    private int bytes(int from, int end) {
      int count = 0;
      for (int i = from; i < end; i++) {
        char c = stretch.charAt(i);
        if (c < 0x80) {
          count += 1;
        } else {
          count += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
      }
      return count;
    }
  }
}
