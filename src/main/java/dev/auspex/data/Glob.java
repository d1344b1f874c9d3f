package dev.auspex.data;

import java.util.List;
import java.util.regex.Pattern;

/// Shell patterns over paths with `/`: `*` and `?` within a part, `**` over parts, `[a-z]`,
/// `{java,py}`. A pattern without `/` looks at the last part only.
///
/// Not `java.nio`'s matcher, since names in archives need not be valid paths of this system.
final class Glob {
  private final List<Rule> rules;

  private record Rule(Pattern pattern, boolean wholePath) {}

  /// Compiles the patterns; none matches everything.
  Glob(List<String> globs) {
    rules = globs.stream().map(glob -> new Rule(compile(glob), glob.contains("/"))).toList();
  }

  boolean matches(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return rules.isEmpty()
        || rules.stream()
            .anyMatch(rule -> rule.pattern.matcher(rule.wholePath ? path : name).matches());
  }

  private static Pattern compile(String glob) {
    StringBuilder regex = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      switch (c) {
        case '*' -> {
          if (glob.startsWith("**/", i)) {
            regex.append("(?:.*/)?");
            i += 2;
          } else if (glob.startsWith("**", i)) {
            regex.append(".*");
            i++;
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        case '[' -> i = bracket(glob, i, regex);
        case '{' -> {
          depth++;
          regex.append("(?:");
        }
        case '}' -> {
          depth--;
          regex.append(')');
        }
        case ',' -> regex.append(depth > 0 ? "|" : ",");
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
      if (depth < 0) {
        throw bad(glob);
      }
    }
    if (depth != 0) {
      throw bad(glob);
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /// Appends `[...]` and answers where it ends.
  private static int bracket(String glob, int start, StringBuilder regex) {
    int end = glob.indexOf(']', start + 2);
    if (end < 0) {
      throw bad(glob);
    }
    String inside = glob.substring(start + 1, end);
    if (inside.startsWith("!")) {
      inside = "^" + inside.substring(1);
    }
    if (!inside.matches("\\^?[A-Za-z0-9_. -]+") || inside.contains("--")) {
      throw bad(glob);
    }
    try {
      regex.append(Pattern.compile("[" + inside + "]").pattern());
    } catch (java.util.regex.PatternSyntaxException e) {
      throw bad(glob);
    }
    return end;
  }

  private static DataException bad(String glob) {
    return new DataException(
        "include (%s) must be a pattern such as *.java or docs/**/*.md".formatted(glob));
  }
}
