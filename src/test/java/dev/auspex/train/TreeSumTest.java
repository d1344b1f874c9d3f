package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.train.TreeSum.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeSumTest {
  private static final int NUMBERS = 50;

  /// Numbers of very different sizes, whose sum depends on the order.
  private static Piece lane(int lane) {
    SplittableRandom random = new SplittableRandom(lane);
    float[] numbers = new float[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-6, 6)));
    }
    return new Piece(lane, 0, new ArrayList<>(List.of(Tensor.of(numbers, NUMBERS))));
  }

  /// As the class comment says it: halves at the largest power of two.
  private static float[] recursive(int from, int to) {
    if (to - from == 1) {
      return lane(from).tensors().getFirst().toFloats();
    }
    int left = Integer.highestOneBit(to - from - 1);
    float[] a = recursive(from, from + left);
    float[] b = recursive(from + left, to);
    for (int i = 0; i < NUMBERS; i++) {
      a[i] += b[i];
    }
    return a;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 31})
  void anyDivisionAmongWorkersGivesTheBitsOfTheTree(int lanes) {
    float[] expected;
    try (TensorScope _ = TensorScope.open()) {
      expected = recursive(0, lanes);
    }
    for (int workers = 1; workers <= lanes; workers++) {
      try (TensorScope _ = TensorScope.open()) {
        TreeSum all = new TreeSum();
        for (int worker = 0; worker < workers; worker++) {
          TreeSum mine = new TreeSum();
          int end = lanes * (worker + 1) / workers;
          for (int lane = lanes * worker / workers; lane < end; lane++) {
            mine.add(lane(lane));
          }
          mine.pieces().forEach(all::add);
        }
        assertArrayEquals(expected, all.total().getFirst().toFloats(), 0f, workers + " workers");
      }
    }
  }

  @Test
  void aStretchHoldsOnePieceForEachPowerOfTwo() {
    assertEquals(
        List.of("3+1", "4+4", "8+2"),
        TreeSum.shape(3, 10).stream().map(p -> p.first() + "+" + (1 << p.level())).toList());
  }
}
