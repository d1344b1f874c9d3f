package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the columns of someone's table mean: column name to one of our names.
///
/// Our names are `name`, `step`, `seed`, `task`, `parameters`, `tokens`, `tokens_per_step`,
/// `tokens_per_parameter`, `flops`, `gflops`, `flops_per_token` and `files`; every other name is a
/// metric's: a loss on text, or of a task
/// `accuracy:TASK`, `percent:TASK` (accuracy times 100) and `bpb:TASK` (the task's own loss, such
/// as bits per byte of the gold answer). Columns that already bear one of our names, `_step`, or
/// `loss` need no mapping.
///
/// A `*` in the column matches anything, and the first one's text replaces a `*` in the name.
/// Several columns of one name are averaged, weighted where the name is written `0.3*NAME`. The
/// name `-` drops a column. The first entry that fits a column counts, entries without `*` before
/// others. `{name}` in a column stands for the name of a run: such a table has columns of several
/// runs, and is read as if each run had rows of its own.
///
/// @param entries the mappings, in the order given
/// @param factors by what the values of columns are multiplied, by column or pattern
public record ColumnMap(List<Entry> entries, List<Entry> factors) {
  static final String NAME = "name";
  static final String STEP = "step";
  static final String SEED = "seed";
  static final String TASK = "task";
  static final String PARAMETERS = "parameters";
  static final String TOKENS = "tokens";
  static final String TOKENS_PER_STEP = "tokens_per_step";
  static final String TOKENS_PER_PARAMETER = "tokens_per_parameter";
  static final String FLOPS = "flops";
  static final String GFLOPS = "gflops";
  static final String FLOPS_PER_TOKEN = "flops_per_token";
  static final String FILES = "files";
  static final String LOSS = "loss";
  static final String ACCURACY = "accuracy:";
  static final String PERCENT = "percent:";
  static final String BPB = "bpb:";

  /// Where a column's own name holds that of its run.
  static final String RUN = "{name}";

  private static final String DROP = "-";
  private static final Map<String, String> FACTORS =
      Map.of("K", "1e3", "M", "1e6", "B", "1e9", "G", "1e9", "T", "1e12");
  private static final Pattern WEIGHTED = Pattern.compile("([0-9.]+(?:[eE]-?[0-9]+)?)\\*(.+)");
  private static final Set<String> SIZES =
      Set.of(
          SEED,
          PARAMETERS,
          TOKENS,
          TOKENS_PER_STEP,
          TOKENS_PER_PARAMETER,
          FLOPS,
          GFLOPS,
          FLOPS_PER_TOKEN);
  private static final Set<String> TEXTS = Set.of(NAME, FILES, TASK);

  /// What a column means.
  ///
  /// @param name one of our names, or a metric's
  /// @param weight its weight among the columns of that name
  /// @param scale by what its values are multiplied
  record Role(String name, double weight, double scale) {
    static final Role NONE = new Role("", 1, 1);

    Role times(double factor) {
      return new Role(name, weight, scale * factor);
    }
  }

  /// A column that belongs to one run.
  ///
  /// @param run the run's name
  /// @param column the column's name with `{name}` in place of the run's
  record OfRun(String run, String column) {}

  /// One mapping.
  ///
  /// @param column a column's name, or a pattern with `*`
  /// @param name what it means, perhaps with a weight and a `*`
  public record Entry(String column, String name) {
    boolean isPattern() {
      return column.indexOf('*') >= 0;
    }

    /// Whether a column is meant.
    boolean fits(String other) {
      return nameOf(other).isPresent() || runOf(other).isPresent();
    }

    /// The run to which a column of this form belongs.
    Optional<OfRun> runOf(String other) {
      int at = column.indexOf(RUN);
      if (at < 0) {
        return Optional.empty();
      }
      String pattern =
          quoted(column.substring(0, at)) + "(.+?)" + quoted(column.substring(at + RUN.length()));
      Matcher matcher = Pattern.compile(pattern).matcher(other);
      return matcher.matches()
          ? Optional.of(
              new OfRun(
                  matcher.group(1),
                  other.substring(0, matcher.start(1)) + RUN + other.substring(matcher.end(1))))
          : Optional.empty();
    }

    private static String quoted(String part) {
      return Stream.of(part.split("\\*", -1))
          .map(Pattern::quote)
          .collect(Collectors.joining(".*?"));
    }

    Optional<String> nameOf(String other) {
      if (!isPattern()) {
        return column.equals(other) ? Optional.of(name) : Optional.empty();
      }
      String[] parts = column.split("\\*", -1);
      StringBuilder pattern = new StringBuilder();
      for (int i = 0; i < parts.length; i++) {
        pattern.append(i == 0 ? "" : "(.*?)").append(Pattern.quote(parts[i]));
      }
      Matcher matcher = Pattern.compile(pattern.toString()).matcher(other);
      return matcher.matches() ? Optional.of(filled(name, matcher.group(1))) : Optional.empty();
    }
  }

  public ColumnMap {
    entries = List.copyOf(entries);
    factors = List.copyOf(factors);
    factors.forEach(ColumnMap::factor);
  }

  /// Reads `column=name` pairs; the last `=` divides, since columns may hold one.
  public static ColumnMap parse(List<String> pairs) {
    return parse(pairs, List.of());
  }

  /// Reads `column=name` and `column=factor` pairs.
  public static ColumnMap parse(List<String> pairs, List<String> scales) {
    return new ColumnMap(
        entries("map", pairs, "column=name, for instance eval/c4/CrossEntropyLoss=c4"),
        entries("scale", scales, "column=factor, for instance tokens_in_billions=1e9"));
  }

  private static List<Entry> entries(String option, List<String> pairs, String form) {
    List<Entry> entries = new ArrayList<>();
    for (String pair : pairs) {
      int equals = pair.lastIndexOf('=');
      if (equals <= 0 || equals == pair.length() - 1) {
        throw new ScalingException("%s (%s) must be %s".formatted(option, pair, form));
      }
      entries.add(new Entry(pair.substring(0, equals), pair.substring(equals + 1)));
    }
    return entries;
  }

  private static double factor(Entry scale) {
    double factor;
    try {
      String written = scale.name();
      factor = Double.parseDouble(FACTORS.getOrDefault(written.toUpperCase(Locale.ROOT), written));
    } catch (NumberFormatException _) {
      factor = 0;
    }
    if (!(factor > 0) || Double.isInfinite(factor)) {
      throw new ScalingException(
          "scale (%s=%s) must be a number above 0, or K, M, B or T, such as 1e9"
              .formatted(scale.column(), scale.name()));
    }
    return factor;
  }

  /// By what the values of `column` are to be multiplied.
  private double factorOf(String column) {
    return factors.stream()
        .filter(scale -> scale.nameOf(column).isPresent())
        .findFirst()
        .map(ColumnMap::factor)
        .orElse(1.0);
  }

  /// Whether any column belongs to a run that its own name tells.
  boolean isWide() {
    return entries.stream().anyMatch(entry -> entry.column().contains(RUN));
  }

  /// The run that `column` itself tells; empty where it tells none.
  Optional<OfRun> runOf(String column) {
    return entries.stream().flatMap(entry -> entry.runOf(column).stream()).findFirst();
  }

  /// What `column` means; the role without a name where nothing.
  ///
  /// A column of a table with one row a task is written `column[task]`.
  Role role(String column) {
    int bracket = column.endsWith("]") ? column.lastIndexOf('[') : -1;
    if (bracket > 0 && entries.stream().noneMatch(entry -> entry.column().equals(column))) {
      Role role = role(column.substring(0, bracket));
      String task = column.substring(bracket + 1, column.length() - 1);
      return new Role(filled(role.name(), task), role.weight(), role.scale());
    }
    for (boolean patterns : new boolean[] {false, true}) {
      for (Entry entry : entries) {
        Optional<String> name =
            entry.isPattern() == patterns ? entry.nameOf(column) : Optional.empty();
        if (name.isPresent()) {
          return role(name.get(), column).times(factorOf(column));
        }
      }
    }
    return new Role(unmapped(column), 1, factorOf(column));
  }

  private static Role role(String written, String column) {
    if (written.equals(DROP)) {
      return Role.NONE;
    }
    Matcher weighted = WEIGHTED.matcher(written);
    double weight = 1;
    String name = written;
    if (weighted.matches()) {
      name = weighted.group(2);
      try {
        weight = Double.parseDouble(weighted.group(1));
      } catch (NumberFormatException _) {
        weight = 0;
      }
      if (!(weight > 0)) {
        throw new ScalingException(
            "map (%s=%s) must have a positive weight, such as 0.3*%s"
                .formatted(column, written, name));
      }
    }
    return name.startsWith(PERCENT)
        ? new Role(ACCURACY + name.substring(PERCENT.length()), weight, 0.01)
        : new Role(name, weight, 1);
  }

  private String unmapped(String column) {
    if (column.equals(RUN)) {
      return NAME;
    }
    if (column.equals("_step")) {
      return STEP;
    }
    boolean ours =
        SIZES.contains(column)
            || TEXTS.contains(column)
            || column.equals(STEP)
            || column.equals(LOSS);
    return ours && entries.stream().noneMatch(entry -> entry.name().equals(column)) ? column : "";
  }

  /// The `*` of a name, where it is not that of a weight, replaced by `text`.
  private static String filled(String name, String text) {
    Matcher weighted = WEIGHTED.matcher(name);
    int start = weighted.matches() ? weighted.start(2) : 0;
    return name.substring(0, start) + name.substring(start).replace("*", text);
  }

  static boolean isText(String role) {
    return TEXTS.contains(role);
  }

  /// Whether it is a size whose values may be written 7B or 300M.
  static boolean isSize(String role) {
    return SIZES.contains(role);
  }

  static boolean isMetric(String role) {
    return !role.isEmpty() && !SIZES.contains(role) && !isText(role) && !role.equals(STEP);
  }

  /// Whether it is a metric of a task and not a loss on text.
  static boolean isTask(String role) {
    return role.startsWith(ACCURACY) || role.startsWith(BPB);
  }
}
