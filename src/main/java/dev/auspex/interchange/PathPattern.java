package dev.auspex.interchange;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A pattern out of somebody's file that must match a whole path; one that takes too long is
/// refused.
final class PathPattern {
  /// Looks at characters of one path, far more than any sensible pattern takes.
  private static final int MOST_LOOKS = 100_000;

  private final Pattern pattern;

  /// @throws PatternSyntaxException when it is none
  PathPattern(String text) {
    this.pattern = Pattern.compile(text);
  }

  /// @throws PatternSyntaxException when it takes too long
  boolean matches(String path) {
    try {
      return pattern.matcher(new Counted(path, new int[1])).matches();
    } catch (TooLong | StackOverflowError _) {
      throw new PatternSyntaxException("it takes too long", pattern.pattern(), -1);
    }
  }

  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Text that counts how often it is looked at.
  private record Counted(CharSequence text, int[] looks) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (++looks[0] > MOST_LOOKS) {
        throw new TooLong();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), looks);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
