package dev.auspex.scaling;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the columns of someone's table mean: column name to one of our names.
///
/// Our names are `name`, `step`, `seed`, `parameters`, `tokens`, `flops`, `gflops`,
/// `flops_per_token` and `files`; every other name is a metric's. A metric that grows towards 1 is
/// written `accuracy:NAME`. Columns that already bear one of our names, `_step`, or `loss` need no
/// mapping.
///
/// @param roles column to name
public record ColumnMap(Map<String, String> roles) {
  static final String NAME = "name";
  static final String STEP = "step";
  static final String SEED = "seed";
  static final String PARAMETERS = "parameters";
  static final String TOKENS = "tokens";
  static final String FLOPS = "flops";
  static final String GFLOPS = "gflops";
  static final String FLOPS_PER_TOKEN = "flops_per_token";
  static final String FILES = "files";
  static final String LOSS = "loss";
  static final String ACCURACY = "accuracy:";

  private static final Set<String> SIZES =
      Set.of(SEED, PARAMETERS, TOKENS, FLOPS, GFLOPS, FLOPS_PER_TOKEN);
  private static final Set<String> TEXTS = Set.of(NAME, FILES);

  public ColumnMap {
    roles = Map.copyOf(roles);
  }

  /// Reads `column=name` pairs; the last `=` divides, since columns may hold one.
  public static ColumnMap parse(List<String> pairs) {
    Map<String, String> roles = new LinkedHashMap<>();
    for (String pair : pairs) {
      int equals = pair.lastIndexOf('=');
      if (equals <= 0 || equals == pair.length() - 1) {
        throw new ScalingException(
            "map (%s) must be column=name, for instance eval/c4/CrossEntropyLoss=c4"
                .formatted(pair));
      }
      roles.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return new ColumnMap(roles);
  }

  /// What `column` means; empty text where nothing.
  String role(String column) {
    String mapped = roles.get(column);
    if (mapped != null) {
      return mapped;
    }
    if (column.equals("_step")) {
      return STEP;
    }
    boolean ours =
        SIZES.contains(column)
            || TEXTS.contains(column)
            || column.equals(STEP)
            || column.equals(LOSS);
    return ours && !roles.containsValue(column) ? column : "";
  }

  static boolean isText(String role) {
    return TEXTS.contains(role);
  }

  static boolean isMetric(String role) {
    return !role.isEmpty() && !SIZES.contains(role) && !isText(role) && !role.equals(STEP);
  }
}
