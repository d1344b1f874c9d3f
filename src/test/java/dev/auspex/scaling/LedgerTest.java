package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static Ledger.Row row(double actual) {
    double half = 1.6448536 * 0.1;
    double low = 2 * Math.exp(-half);
    double high = 2 * Math.exp(half);
    Score score =
        new Score(
            "loss",
            2,
            low,
            high,
            actual,
            2 / actual - 1,
            low <= actual && actual <= high,
            10,
            true);
    return new Ledger.Row("seal", "time", "run", "loss", 0.9, 2, low, high, score);
  }

  @Test
  void outcomesThatAreSpreadAsStatedAreCalibratedAtEveryProbability() {
    Random random = new Random(3);
    List<Ledger.Row> rows = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      rows.add(row(2 * Math.exp(0.1 * random.nextGaussian())));
    }
    for (Ledger.Calibration at : Ledger.of(rows).calibration()) {
      assertEquals(at.nominal(), at.observed(), 0.03);
    }
  }

  @Test
  void outcomesThatAreSpreadTwiceAsFarAreSeenToBe() {
    Random random = new Random(3);
    List<Ledger.Row> rows = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      rows.add(row(2 * Math.exp(0.2 * random.nextGaussian())));
    }
    assertEquals(0.59, Ledger.of(rows).calibration().get(2).observed(), 0.03);
  }

  @Test
  void aRegisterWithoutOutcomesHasNoCalibration() {
    Ledger.Row open = new Ledger.Row("seal", "time", "run", "loss", 0.9, 2, 1.9, 2.1, null);
    assertEquals(List.of(), Ledger.of(List.of(open)).calibration());
  }
}
