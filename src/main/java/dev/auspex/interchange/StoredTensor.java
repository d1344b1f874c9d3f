package dev.auspex.interchange;

import java.lang.foreign.MemorySegment;

/// A tensor as it lies in a mapped file; nothing is read until its numbers are asked for.
///
/// @param name its name in the file
/// @param type how its numbers lie
/// @param shape sizes, the outermost first
/// @param data its bytes
record StoredTensor(String name, NumberType type, long[] shape, MemorySegment data) {
  long numElements() {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }
}
