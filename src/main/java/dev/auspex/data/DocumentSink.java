package dev.auspex.data;

/// Takes documents in the order they are read.
@FunctionalInterface
public interface DocumentSink {
  /// Takes one document.
  void accept(Document document);
}
