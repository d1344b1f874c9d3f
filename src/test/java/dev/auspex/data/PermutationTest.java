package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 16, 17, 64, 207, 1024, 1025, 100_003})
  void eachNumberComesOnce(int size) {
    for (long epoch = 0; epoch < 3; epoch++) {
      Permutation permutation = new Permutation(size, 42, epoch);
      BitSet seen = new BitSet(size);
      for (int i = 0; i < size; i++) {
        long to = permutation.apply(i);
        assertTrue(to >= 0 && to < size, "size " + size + ": " + i + " goes to " + to);
        assertFalse(seen.get((int) to), "size " + size + ": twice to " + to);
        seen.set((int) to);
      }
    }
  }

  @Test
  void hugeSizesStayInside() {
    long size = (1L << 61) + 12345;
    Permutation permutation = new Permutation(size, 7, 3);
    assertTrue(LongStream.range(0, 1000).map(permutation::apply).allMatch(v -> v >= 0 && v < size));
  }

  @Test
  void seedsAndEpochsShuffleDifferently() {
    Set<List<Long>> orders = new HashSet<>();
    for (long seed = 0; seed < 10; seed++) {
      for (long epoch = 0; epoch < 10; epoch++) {
        Permutation permutation = new Permutation(207, seed, epoch);
        orders.add(LongStream.range(0, 207).map(permutation::apply).boxed().toList());
      }
    }
    assertEquals(100, orders.size());
  }

  @Test
  void placesAreEquallyLikely() {
    int[] counts = new int[7];
    for (long seed = 0; seed < 7000; seed++) {
      counts[(int) new Permutation(7, seed, 0).apply(3)]++;
    }
    for (int count : counts) {
      assertTrue(Math.abs(count - 1000) < 150, () -> java.util.Arrays.toString(counts));
    }
  }
}
