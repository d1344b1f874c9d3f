package dev.auspex.scaling;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rows of a file as values by role, as a [ColumnMap] says.
final class TableRows {
  private static final Pattern AMOUNT =
      Pattern.compile("([0-9.]+(?:[eE][-+]?[0-9]+)?)\\s?([KMBGTkmbgt])");
  private static final Pattern GROUPED = Pattern.compile("[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]*)?");
  private static final Map<String, Double> UNITS =
      Map.of("K", 1e3, "M", 1e6, "B", 1e9, "G", 1e9, "T", 1e12);
  private static final Set<String> MISSING =
      Set.of("", "nan", "null", "none", "na", "n/a", "-", "--");

  private final ColumnMap map;
  private final Map<String, ColumnMap.Role> roles = new HashMap<>();

  TableRows(ColumnMap map) {
    this.map = map;
  }

  ColumnMap.Role role(String column) {
    return roles.computeIfAbsent(column, map::role);
  }

  /// The last value of each column that has one, columns of one role averaged.
  ///
  /// A role of which a column has no value at all, while the file has that column, is missing.
  Map<String, Double> values(Path file, List<TableFile.Row> rows) {
    Map<String, Optional<Double>> byColumn = new LinkedHashMap<>();
    for (TableFile.Row row : rows) {
      row.cells()
          .forEach(
              (column, text) -> {
                String role = role(column).name();
                if (!role.isEmpty() && !ColumnMap.isText(role)) {
                  Optional<Double> value = number(file, row.line(), column, role, text);
                  byColumn.merge(column, value, (old, next) -> next.isPresent() ? next : old);
                }
              });
    }
    return averaged(byColumn);
  }

  private Map<String, Double> averaged(Map<String, Optional<Double>> byColumn) {
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Double> weights = new HashMap<>();
    byColumn.forEach(
        (column, value) -> {
          ColumnMap.Role role = role(column);
          double number = value.orElse(Double.NaN);
          sums.merge(role.name(), role.weight() * role.scale() * number, Double::sum);
          weights.merge(role.name(), role.weight(), Double::sum);
        });
    sums.replaceAll((role, sum) -> sum / weights.get(role));
    sums.values().removeIf(sum -> Double.isNaN(sum));
    return sums;
  }

  /// Cells that are names, by role.
  Map<String, String> texts(TableFile.Row row) {
    Map<String, String> texts = new LinkedHashMap<>();
    row.cells()
        .forEach(
            (column, text) -> {
              String role = role(column).name();
              if (ColumnMap.isText(role) && !text.isBlank()) {
                texts.put(role, text);
              }
            });
    return texts;
  }

  /// Rows of a table whose columns' names hold those of runs, made into one row for each run that
  /// has a value there.
  List<TableFile.Row> byName(List<TableFile.Row> rows) {
    if (!map.isWide()) {
      return rows;
    }
    List<TableFile.Row> split = new ArrayList<>();
    for (TableFile.Row row : rows) {
      Map<String, String> common = new LinkedHashMap<>();
      Map<String, Map<String, String>> byName = new LinkedHashMap<>();
      row.cells()
          .forEach(
              (column, text) -> {
                Optional<ColumnMap.OfRun> own = map.runOf(column);
                if (own.isEmpty()) {
                  common.put(column, text);
                } else {
                  String run = own.get().run();
                  byName
                      .computeIfAbsent(run, _ -> new LinkedHashMap<>(Map.of(ColumnMap.RUN, run)))
                      .put(own.get().column(), text);
                }
              });
      if (byName.isEmpty()) {
        split.add(row);
      }
      for (Map<String, String> own : byName.values()) {
        if (own.values().stream().filter(text -> !text.isBlank()).count() > 1) {
          own.putAll(common);
          split.add(new TableFile.Row(row.line(), own));
        }
      }
    }
    return split;
  }

  /// Where the value of `role` stands that counts: file, line, column and what is written there.
  String place(Path file, List<TableFile.Row> rows, String role) {
    for (TableFile.Row row : rows.reversed()) {
      for (Map.Entry<String, String> cell : row.cells().entrySet()) {
        if (role(cell.getKey()).name().equals(role)
            && number(file, row.line(), cell.getKey(), role, cell.getValue()).isPresent()) {
          return place(file, row.line(), cell.getKey(), cell.getValue());
        }
      }
    }
    return file.toString();
  }

  private static String place(Path file, int line, String column, String text) {
    return "%s line %d, column %s (%s)".formatted(file, line, column, text);
  }

  /// Rows of a table with one row a task, made into one row for all tasks of a run and step.
  List<TableFile.Row> byRun(List<TableFile.Row> rows) {
    if (rows.stream().noneMatch(row -> texts(row).containsKey(ColumnMap.TASK))) {
      return rows;
    }
    Map<List<String>, TableFile.Row> merged = new LinkedHashMap<>();
    for (TableFile.Row row : rows) {
      String task = texts(row).getOrDefault(ColumnMap.TASK, "");
      List<String> key = new ArrayList<>();
      Map<String, String> cells = new LinkedHashMap<>();
      row.cells()
          .forEach(
              (column, text) -> {
                ColumnMap.Role role = role(column);
                boolean ofTask = role.name().indexOf('*') >= 0;
                if (!ofTask && !role.name().equals(ColumnMap.TASK) && !role.name().isEmpty()) {
                  key.add(text);
                }
                cells.put(ofTask ? column + "[" + task + "]" : column, text);
              });
      merged
          .computeIfAbsent(key, _ -> new TableFile.Row(row.line(), new LinkedHashMap<>()))
          .cells()
          .putAll(cells);
    }
    return List.copyOf(merged.values());
  }

  private static Optional<Double> number(
      Path file, int line, String column, String role, String text) {
    if (MISSING.contains(text.strip().toLowerCase(Locale.ROOT))) {
      return Optional.empty();
    }
    boolean size = ColumnMap.isSize(role);
    String digits = size && GROUPED.matcher(text).matches() ? text.replace(",", "") : text;
    Matcher amount = AMOUNT.matcher(digits);
    try {
      double value =
          size && amount.matches()
              ? Double.parseDouble(amount.group(1))
                  * UNITS.getOrDefault(amount.group(2).toUpperCase(Locale.ROOT), 1.0)
              : Double.parseDouble(digits);
      if (!Double.isInfinite(value)) {
        return Optional.of(value);
      }
    } catch (NumberFormatException _) {
      // Told below, with the place.
    }
    throw new ScalingException(
        place(file, line, column, text)
            + " must be a finite number, or empty where not known"
            + (text.indexOf(',') < 0 ? "" : "; with a point and not a comma before its decimals"));
  }
}
