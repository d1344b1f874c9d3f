package dev.auspex.tensor;

import dev.auspex.io.UserException;

/// Another worker of this run died or does not answer; the run goes on from its last checkpoint
/// once all workers are started again.
public final class WorkerLostException extends UserException {
  private static final long serialVersionUID = 1L;

  WorkerLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
