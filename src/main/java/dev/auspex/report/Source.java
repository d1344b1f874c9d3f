package dev.auspex.report;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A file of evidence; every number taken from it for print is cited.
///
/// @param evidence where citations go
/// @param file its name
/// @param root its content; an array where the file holds one object a line
record Source(Evidence evidence, String file, JsonNode root) {
  /// Cites and gives the number at `pointer`; not-a-number where there is none.
  double number(String claim, String pointer) {
    JsonNode node = root.at(pointer);
    if (!node.isNumber()) {
      return Double.NaN;
    }
    evidence.cite(claim, node, file, pointer);
    return node.doubleValue();
  }

  /// The text at `pointer`, empty where there is none.
  String text(String pointer) {
    JsonNode node = root.at(pointer);
    return node.isMissingNode() || node.isNull() ? "" : node.asString("");
  }

  /// Whether something is at `pointer`.
  boolean has(String pointer) {
    JsonNode node = root.at(pointer);
    return !node.isMissingNode() && !node.isNull();
  }

  /// How many items are in the array at `pointer`.
  int size(String pointer) {
    return root.at(pointer).size();
  }

  /// Pairs of numbers from an array of objects at `pointer`, for drawing; incomplete ones are left
  /// out.
  List<double[]> pairs(String pointer, String x, String y) {
    List<double[]> pairs = new ArrayList<>();
    for (JsonNode item : root.at(pointer)) {
      JsonNode first = item.path(x);
      JsonNode second = item.path(y);
      if (first.isNumber() && second.isNumber()) {
        pairs.add(new double[] {first.doubleValue(), second.doubleValue()});
      }
    }
    return pairs;
  }
}
