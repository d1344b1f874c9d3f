package dev.auspex.scaling;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rows of a file as values by role, as a [ColumnMap] says.
final class TableRows {
  private static final Pattern AMOUNT = Pattern.compile("([0-9.]+(?:[eE][-+]?[0-9]+)?)([KMBT])");
  private static final Map<String, Double> UNITS = Map.of("K", 1e3, "M", 1e6, "B", 1e9, "T", 1e12);

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
    if (text.isBlank() || text.equalsIgnoreCase("nan") || text.equalsIgnoreCase("null")) {
      return Optional.empty();
    }
    Matcher amount = AMOUNT.matcher(text);
    boolean named = ColumnMap.isSize(role) && amount.matches();
    try {
      double value =
          named
              ? Double.parseDouble(amount.group(1)) * UNITS.getOrDefault(amount.group(2), 1.0)
              : Double.parseDouble(text);
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
}
