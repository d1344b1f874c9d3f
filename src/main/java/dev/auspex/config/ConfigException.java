package dev.auspex.config;

import dev.auspex.io.UserException;
import java.util.List;

/// Settings that break a rule. Cause: a preset, file or override; cure: as each problem says.
///
/// Records throw it from their compact constructors with the component's own name in snake_case:
/// `dim (770) must be divisible by num_heads (12); nearest: 768`; the binder puts the path in
/// front.
public final class ConfigException extends UserException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /// @param problem one problem: `key (value) must rule; hint`
  public ConfigException(String problem) {
    this(List.of(problem));
  }

  /// @param problems all problems found, at least one
  public ConfigException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /// Throws when `holds` is false: `key (value) must rule`.
  ///
  /// @param key the component in snake_case
  /// @param value what it was
  /// @param rule what it must be, starting after "must", with the hint if there is one
  public static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new ConfigException(key + " (" + value + ") must " + rule);
    }
  }

  /// Each problem by itself.
  public List<String> problems() {
    return problems;
  }
}
