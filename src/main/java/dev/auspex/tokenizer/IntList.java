package dev.auspex.tokenizer;

import java.util.Arrays;

/// A growing list of ints without boxing.
final class IntList {
  private int[] values;
  private int size;

  IntList(int capacity) {
    values = new int[Math.max(capacity, 2)];
  }

  int size() {
    return size;
  }

  int at(int index) {
    return values[index];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, Math.addExact(size, Math.max(size >> 1, 16)));
    }
    values[size++] = value;
  }

  void addAll(int[] more, int count) {
    if (size + count > values.length) {
      values = Arrays.copyOf(values, Math.max(Math.addExact(size, count), size + (size >> 1)));
    }
    System.arraycopy(more, 0, values, size, count);
    size += count;
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
