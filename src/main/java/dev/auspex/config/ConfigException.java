package dev.auspex.config;

import dev.auspex.io.UserException;

/// A setting is missing, unknown or out of range. Cure: as the line says.
public final class ConfigException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message `key (value) must rule; hint`
  public ConfigException(String message) {
    super(message);
  }
}
