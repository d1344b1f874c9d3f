package dev.auspex.tokenizer;

import dev.auspex.io.UserException;
import java.nio.file.Path;

/// A tokenizer file, setting or id that cannot be used. Cure: as the message says.
public final class TokenizerException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, its value, the rule, what to do
  public TokenizerException(String message) {
    super(message);
  }

  /// @param file the tokenizer file
  /// @param problem `where (value) must rule; hint`
  public TokenizerException(Path file, String problem) {
    super(file + ": " + problem);
  }
}
