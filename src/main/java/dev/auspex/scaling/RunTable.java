package dev.auspex.scaling;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads runs from anyone's CSV, TSV or JSONL files, plain or gzipped.
///
/// A file with a `name` column holds one run a row. A file with a `step` column and no names is the
/// log of one run, named after the file; its last values count. Any other file holds one run a row.
/// A side table ("join") adds columns to runs whose name starts with its first column, or whose
/// file its `files` column lists.
public final class RunTable {
  private static final double GIGA = 1e9;

  private final ColumnMap map;
  private final List<TableFile.Row> side;
  private final List<Path> sideFiles;

  /// @param map what the columns mean
  /// @param join side tables that complete the runs; may be none
  public RunTable(ColumnMap map, List<Path> join) {
    this.map = map;
    this.side = new ArrayList<>();
    this.sideFiles = new ArrayList<>();
    for (Path file : join) {
      for (TableFile.Row row : TableFile.read(file)) {
        side.add(row);
        sideFiles.add(file);
      }
    }
  }

  /// The runs of all `files` in order.
  public List<RunRecord> read(List<Path> files) {
    List<RunRecord> runs = new ArrayList<>();
    Set<String> columns = new LinkedHashSet<>();
    for (Path file : files) {
      List<TableFile.Row> rows = TableFile.read(file);
      if (rows.isEmpty()) {
        throw new ScalingException(
            "%s must hold at least one row below its header; leave it out".formatted(file));
      }
      rows.forEach(row -> columns.addAll(row.cells().keySet()));
      runs.addAll(runsOf(file, rows));
    }
    for (String column : map.roles().keySet()) {
      if (!columns.contains(column)
          && side.stream().noneMatch(row -> row.cells().containsKey(column))) {
        throw new ScalingException(
            "map (%s) must name a column of the files; nearest: %s"
                .formatted(column, nearest(column, columns)));
      }
    }
    return runs;
  }

  private List<RunRecord> runsOf(Path file, List<TableFile.Row> rows) {
    Set<String> roles = new LinkedHashSet<>();
    rows.getFirst().cells().keySet().forEach(column -> roles.add(map.role(column)));
    if (!roles.contains(ColumnMap.NAME) && roles.contains(ColumnMap.STEP)) {
      return List.of(run(file, rows.getLast().line(), stem(file), values(file, rows)));
    }
    List<RunRecord> runs = new ArrayList<>();
    for (TableFile.Row row : rows) {
      Map<String, String> texts = texts(row);
      String name =
          texts.getOrDefault(
              ColumnMap.NAME, rows.size() == 1 ? stem(file) : stem(file) + ":" + row.line());
      runs.add(run(file, row.line(), name, values(file, List.of(row))));
    }
    return runs;
  }

  private RunRecord run(Path file, int line, String name, Map<String, Double> own) {
    Map<String, Double> values = new LinkedHashMap<>(own);
    joined(file, name).forEach(values::putIfAbsent);
    double tokens = values.getOrDefault(ColumnMap.TOKENS, 0.0);
    double parameters = values.getOrDefault(ColumnMap.PARAMETERS, 0.0);
    Map<String, Double> metrics = new LinkedHashMap<>(values);
    metrics.keySet().removeIf(role -> !ColumnMap.isMetric(role));
    double flops = flops(values, parameters, tokens);
    if (!(flops > 0) || tokens < 0 || parameters < 0) {
      throw new ScalingException(
          ("%s line %d (run %s) must give flops, gflops, flops_per_token with tokens, or parameters"
                  + " with tokens, all positive; map the column that holds it, or --join a table")
              .formatted(file, line, name));
    }
    long seed = values.getOrDefault(ColumnMap.SEED, 0.0).longValue();
    return new RunRecord(name, new Target(flops, parameters, tokens), seed, metrics);
  }

  /// Compute as given, else from compute a token, else 6 FLOPs a parameter and token.
  private static double flops(Map<String, Double> values, double parameters, double tokens) {
    if (values.containsKey(ColumnMap.FLOPS)) {
      return values.get(ColumnMap.FLOPS);
    }
    if (values.containsKey(ColumnMap.GFLOPS)) {
      return values.get(ColumnMap.GFLOPS) * GIGA;
    }
    return values.getOrDefault(ColumnMap.FLOPS_PER_TOKEN, 6 * parameters) * tokens;
  }

  /// The last value of each column that has one.
  private Map<String, Double> values(Path file, List<TableFile.Row> rows) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (TableFile.Row row : rows) {
      row.cells()
          .forEach(
              (column, text) -> {
                String role = map.role(column);
                if (!role.isEmpty() && !ColumnMap.isText(role)) {
                  number(file, row.line(), column, text)
                      .ifPresent(value -> values.put(role, value));
                }
              });
    }
    return values;
  }

  private Map<String, String> texts(TableFile.Row row) {
    Map<String, String> texts = new LinkedHashMap<>();
    row.cells()
        .forEach(
            (column, text) -> {
              if (ColumnMap.isText(map.role(column)) && !text.isBlank()) {
                texts.put(map.role(column), text);
              }
            });
    return texts;
  }

  private Map<String, Double> joined(Path file, String name) {
    int best = -1;
    int longest = 0;
    for (int i = 0; i < side.size(); i++) {
      String key = side.get(i).cells().values().iterator().next();
      int length = matches(name, key) ? key.length() : listed(file, side.get(i)) ? 1 : 0;
      if (length > longest) {
        longest = length;
        best = i;
      }
    }
    return best < 0 ? Map.of() : values(sideFiles.get(best), List.of(side.get(best)));
  }

  private static boolean matches(String name, String key) {
    return !key.isBlank()
        && name.startsWith(key)
        && (name.length() == key.length() || !Character.isLetterOrDigit(name.charAt(key.length())));
  }

  private boolean listed(Path file, TableFile.Row row) {
    String files = texts(row).getOrDefault(ColumnMap.FILES, "");
    Path name = Path.of(String.valueOf(file.getFileName()));
    for (String glob : files.split("[\\s,;]+")) {
      if (glob.contains(".")
          && FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(name)) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Double> number(Path file, int line, String column, String text) {
    if (text.isBlank() || text.equalsIgnoreCase("nan") || text.equalsIgnoreCase("null")) {
      return Optional.empty();
    }
    try {
      double value = Double.parseDouble(text);
      if (!Double.isInfinite(value)) {
        return Optional.of(value);
      }
    } catch (NumberFormatException _) {
      // Told below, with the place.
    }
    throw new ScalingException(
        "%s line %d, column %s (%s) must be a finite number, or empty where not known"
            .formatted(file, line, column, text));
  }

  private static String stem(Path file) {
    return TableFile.stem(file, ".gz").replaceFirst("\\.(csv|tsv|jsonl|ndjson|json)$", "");
  }

  private static String nearest(String wanted, Set<String> columns) {
    return columns.stream()
        .min((a, b) -> Integer.compare(distance(wanted, a), distance(wanted, b)))
        .orElse("none");
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change =
            corner
                + (Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1))
                    ? 0
                    : 1);
        corner = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
