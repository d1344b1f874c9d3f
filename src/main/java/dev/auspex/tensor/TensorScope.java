package dev.auspex.tensor;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;

/// Frees every tensor made inside it when it closes, as `java.lang.foreign.Arena` does for memory.
///
/// Three lifetimes only: model (closed with the model), step, and local. A scope belongs to the
/// thread that opened it; a tensor made on another thread does not join. What must outlive a scope
/// leaves as a Java value or through {@link #returning}.
public final class TensorScope implements AutoCloseable {
  private final PointerScope scope;
  private final Thread owner;
  private boolean closed;

  private TensorScope() {
    this.scope = new PointerScope();
    this.owner = Thread.currentThread();
  }

  /// Opens a scope on the current platform thread.
  public static TensorScope open() {
    if (Thread.currentThread().isVirtual()) {
      throw new WrongThreadException("libtorch may only be used on platform threads");
    }
    return new TensorScope();
  }

  /// Runs `body` in a scope of its own and hands its result to the enclosing scope.
  public static Tensor returning(Supplier<Tensor> body) {
    return returningAll(() -> List.of(body.get())).getFirst();
  }

  /// The same for several tensors.
  public static List<Tensor> returningAll(Supplier<List<Tensor>> body) {
    PointerScope outer = PointerScope.getInnerScope();
    try (TensorScope _ = open()) {
      List<Tensor> results = body.get();
      for (Tensor result : results) {
        if (outer != null) {
          outer.attach(result.handle);
        } else {
          result.handle.retainReference();
        }
      }
      return results;
    }
  }

  /// Frees the tensors; a second close is a bug.
  @Override
  public void close() {
    if (Thread.currentThread() != owner) {
      throw new WrongThreadException("scope belongs to thread " + owner.getName());
    }
    if (closed) {
      throw new IllegalStateException("scope is already closed");
    }
    closed = true;
    scope.close();
  }
}
