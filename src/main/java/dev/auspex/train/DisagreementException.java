package dev.auspex.train;

import dev.auspex.io.UserException;

/// Two workers hold different parameters, which only damaged memory can bring about.
public final class DisagreementException extends UserException {
  private static final long serialVersionUID = 1L;

  DisagreementException(String message) {
    super(message);
  }
}
