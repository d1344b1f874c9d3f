package dev.auspex.scaling;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Reads runs from anyone's CSV, TSV or JSONL files, plain or gzipped.
///
/// A file with a `step` column is a log: of one run, named after the file, or of several where it
/// also has a `name` column. The last values count, and all rows are kept as checkpoints. Any other
/// file holds one run a row. A file with a `task` column may hold one row a task. A side table
/// ("join") adds columns to runs whose name starts with its first column, or whose file its `files`
/// column lists. Folders stand for the files in them.
public final class RunTable {
  private static final double GIGA = 1e9;
  private static final int MOST_COLUMNS = 30;

  private final ColumnMap map;
  private final TableRows rows;
  private final Map<String, String> where;
  private final List<TableFile.Row> side;
  private final List<Path> sideFiles;
  private List<Path> others = List.of();

  /// @param map what the columns mean
  /// @param join side tables that complete the runs; may be none
  public RunTable(ColumnMap map, List<Path> join) {
    this(map, join, Map.of());
  }

  /// @param map what the columns mean
  /// @param join side tables that complete the runs; may be none
  /// @param where the rows to keep: value by column
  public RunTable(ColumnMap map, List<Path> join, Map<String, String> where) {
    this.map = map;
    this.rows = new TableRows(map);
    this.where = Map.copyOf(where);
    this.side = new ArrayList<>();
    this.sideFiles = new ArrayList<>();
    for (Path file : join) {
      for (TableFile.Row row : TableFile.read(file)) {
        side.add(row);
        sideFiles.add(file);
      }
    }
  }

  /// The runs of a file whose metric is `loss`, such as `ladder.jsonl`.
  public static List<Observation> observations(Path file) {
    List<Observation> runs = new ArrayList<>();
    RunTable table = new RunTable(ColumnMap.parse(List.of()), List.of());
    for (RunRecord record : table.read(List.of(file))) {
      Double loss = record.metrics().get("loss");
      if (loss == null) {
        throw new ScalingException(
            "%s: run %s must have a loss; write each run as one line with flops, parameters, tokens,"
                    .formatted(file, record.name())
                + " loss and seed");
      }
      Target at = record.point();
      runs.add(
          new Observation(
              record.name(), at.flops(), at.parameters(), at.tokens(), loss, record.seed()));
    }
    return runs;
  }

  /// The finished runs of all `files` in order, each with at least one metric.
  public List<RunRecord> read(List<Path> files) {
    return read(files, List.of());
  }

  /// The finished runs of all `files` in order, each with at least one metric.
  /// @param others files read later, whose columns may be mapped too
  public List<RunRecord> read(List<Path> files, List<Path> others) {
    this.others = others;
    return read(files, true);
  }

  /// Runs to predict: they need no metric, and not every mapped column.
  public List<RunRecord> targets(List<Path> files) {
    return read(files, false);
  }

  private List<RunRecord> read(List<Path> places, boolean finished) {
    List<Path> files = files(places);
    Map<Path, List<TableFile.Row>> tables = new LinkedHashMap<>();
    Set<String> columns = new LinkedHashSet<>();
    for (Path file : files) {
      List<TableFile.Row> all = TableFile.read(file);
      if (all.isEmpty()) {
        throw new ScalingException(
            "%s must hold at least one row below its header; leave it out".formatted(file));
      }
      all.forEach(row -> columns.addAll(row.cells().keySet()));
      tables.put(file, all.stream().filter(this::isWanted).toList());
    }
    if (finished) {
      requireColumns("map", map.entries(), columns);
      requireColumns("scale", map.factors(), columns);
    }
    List<RunRecord> runs = new ArrayList<>();
    tables.forEach(
        (file, kept) -> {
          if (!kept.isEmpty()) {
            runs.addAll(
                runsOf(
                    new Log(file, name(file, files)),
                    rows.byRun(rows.byName(kept)),
                    columns,
                    finished));
          }
        });
    if (runs.isEmpty()) {
      throw new ScalingException(
          (where.isEmpty()
                  ? "files must hold a value of a run; columns found: %s"
                  : "where (%s) must leave at least one row; columns found: %s"
                      .formatted(where, "%s"))
              .formatted(listed(columns)));
    }
    return runs;
  }

  /// The files themselves, and of folders all files that are not named for something else.
  private List<Path> files(List<Path> places) {
    Set<Path> named = new HashSet<>();
    Stream.concat(sideFiles.stream(), others.stream())
        .forEach(file -> named.add(file.toAbsolutePath().normalize()));
    return places.stream()
        .flatMap(
            place ->
                TableFile.in(place).stream()
                    .filter(
                        file ->
                            file.equals(place)
                                || !named.contains(file.toAbsolutePath().normalize())))
        .toList();
  }

  private boolean isWanted(TableFile.Row row) {
    return where.entrySet().stream()
        .allMatch(entry -> entry.getValue().equals(row.cells().get(entry.getKey())));
  }

  private void requireColumns(String option, List<ColumnMap.Entry> entries, Set<String> columns) {
    for (ColumnMap.Entry entry : entries) {
      if (columns.stream().noneMatch(entry::fits)
          && side.stream().flatMap(row -> row.cells().keySet().stream()).noneMatch(entry::fits)
          && others.stream()
              .flatMap(place -> TableFile.in(place).stream())
              .flatMap(file -> TableFile.read(file).stream())
              .flatMap(row -> row.cells().keySet().stream())
              .noneMatch(entry::fits)) {
        throw new ScalingException(
            "%s (%s) must name a column of the files; nearest: %s; columns found: %s"
                .formatted(
                    option, entry.column(), nearest(entry.column(), columns), listed(columns)));
      }
    }
  }

  private static String listed(Set<String> columns) {
    String names = String.join(", ", columns.stream().limit(MOST_COLUMNS).toList());
    int more = columns.size() - MOST_COLUMNS;
    return more > 0 ? names + " and " + more + " more" : names;
  }

  /// A file, and what its only run is called.
  private record Log(Path file, String name) {}

  /// The file's name; that of its folder too where another file is called the same.
  private static String name(Path file, List<Path> files) {
    String stem = TableFile.stem(file);
    Path parent = file.toAbsolutePath().normalize().getParent();
    boolean alone = files.stream().filter(other -> TableFile.stem(other).equals(stem)).count() == 1;
    return alone || parent == null || parent.getFileName() == null
        ? stem
        : parent.getFileName() + "/" + stem;
  }

  private List<RunRecord> runsOf(
      Log log, List<TableFile.Row> all, Set<String> columns, boolean finished) {
    Set<String> roles = new LinkedHashSet<>();
    all.forEach(row -> row.cells().keySet().forEach(column -> roles.add(rows.role(column).name())));
    Path file = log.file();
    if (finished && roles.stream().noneMatch(ColumnMap::isMetric)) {
      throw new ScalingException(
          "%s must have a metric, such as --map eval/c4/CrossEntropyLoss=c4; columns found: %s"
              .formatted(file, listed(columns)));
    }
    List<RunRecord> runs = new ArrayList<>();
    for (Map.Entry<String, List<TableFile.Row>> run :
        grouped(log, all, roles.contains(ColumnMap.STEP)).entrySet()) {
      runs.add(run(file, run.getKey(), run.getValue(), columns));
    }
    return runs;
  }

  /// The rows of each run by its name; of a log all its rows, in the order of their steps.
  private Map<String, List<TableFile.Row>> grouped(Log from, List<TableFile.Row> all, boolean log) {
    Path file = from.file();
    Map<String, List<TableFile.Row>> groups = new LinkedHashMap<>();
    for (TableFile.Row row : all) {
      String other = log || all.size() == 1 ? from.name() : from.name() + ":" + row.line();
      String name = rows.texts(row).getOrDefault(ColumnMap.NAME, other);
      Map<String, Double> values = log ? rows.values(file, List.of(row)) : Map.of();
      String key = log ? name + "#" + values.get(ColumnMap.SEED) : name + "#" + row.line();
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(row);
    }
    if (log) {
      groups
          .values()
          .forEach(
              group ->
                  group.sort(
                      Comparator.comparingDouble(
                          row ->
                              rows.values(file, List.of(row)).getOrDefault(ColumnMap.STEP, 0.0))));
    }
    return groups;
  }

  private RunRecord run(Path file, String key, List<TableFile.Row> own, Set<String> columns) {
    String name = key.substring(0, key.lastIndexOf('#'));
    int line = own.getLast().line();
    Map<String, Double> values = rows.values(file, own);
    values.forEach(
        (role, value) -> {
          if (ColumnMap.isSize(role) && !role.equals(ColumnMap.SEED) && value < 0) {
            throw new ScalingException(
                "%s must not be negative; it is mapped as %s"
                    .formatted(rows.place(file, own, role), role));
          }
        });
    joined(file, name).forEach(values::putIfAbsent);
    double parameters = values.getOrDefault(ColumnMap.PARAMETERS, 0.0);
    double tokens = tokens(values, parameters);
    double flops = flops(values, parameters, tokens);
    if (!(flops > 0)) {
      throw new ScalingException(
          ("%s line %d (run %s) must give flops, gflops, flops_per_token with tokens, or parameters"
                  + " with tokens, all positive; it has parameters %.4g and tokens %.4g: map the"
                  + " column that holds what is missing, or --join a table; columns found: %s")
              .formatted(file, line, name, parameters, tokens, listed(columns)));
    }
    long seed = values.getOrDefault(ColumnMap.SEED, 0.0).longValue();
    List<Map<String, Double>> trace = new ArrayList<>();
    if (own.size() > 1) {
      own.forEach(row -> trace.add(metrics(rows.values(file, List.of(row)))));
    }
    Map<String, Double> metrics = metrics(values);
    Map<String, String> places = new LinkedHashMap<>();
    metrics.keySet().forEach(metric -> places.put(metric, rows.place(file, own, metric)));
    return new RunRecord(name, new Target(flops, parameters, tokens), seed, metrics, trace, places);
  }

  /// Tokens as given, else the last step's, else as many a parameter as given.
  private static double tokens(Map<String, Double> values, double parameters) {
    if (values.containsKey(ColumnMap.TOKENS)) {
      return values.get(ColumnMap.TOKENS);
    }
    if (values.containsKey(ColumnMap.TOKENS_PER_STEP)) {
      return values.get(ColumnMap.TOKENS_PER_STEP) * values.getOrDefault(ColumnMap.STEP, 0.0);
    }
    return values.getOrDefault(ColumnMap.TOKENS_PER_PARAMETER, 0.0) * parameters;
  }

  private static Map<String, Double> metrics(Map<String, Double> values) {
    Map<String, Double> metrics = new LinkedHashMap<>(values);
    metrics.keySet().removeIf(role -> !ColumnMap.isMetric(role));
    return metrics;
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
    return best < 0 ? Map.of() : rows.values(sideFiles.get(best), List.of(side.get(best)));
  }

  private static boolean matches(String name, String key) {
    return !key.isBlank()
        && name.startsWith(key)
        && (name.length() == key.length() || !Character.isLetterOrDigit(name.charAt(key.length())));
  }

  private boolean listed(Path file, TableFile.Row row) {
    String files = rows.texts(row).getOrDefault(ColumnMap.FILES, "");
    Path name = Path.of(String.valueOf(file.getFileName()));
    for (String glob : files.split("[\\s,;]+")) {
      if (glob.contains(".")
          && FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(name)) {
        return true;
      }
    }
    return false;
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
