package dev.auspex.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PictureMixTest {
  private static Map<PictureKind, Integer> counts(PictureMix mix, long first, int pictures) {
    Map<PictureKind, Integer> counts = new EnumMap<>(PictureKind.class);
    for (int i = 0; i < pictures; i++) {
      counts.merge(mix.at(first + i), 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void anyStretchHasTheSharesAskedFor() {
    for (String words :
        List.of(
            "flags=1,words=2",
            "scenes=3,counts=4",
            "scenes=7,counts=7,flags=7",
            "scenes=5,flags=2,words=7,charts=7",
            "scenes=401,counts=250,charts=150,words=150,diagrams=49")) {
      PictureMix mix = PictureMix.of(List.of(words.split(",")));
      int total = mix.shares().values().stream().mapToInt(Integer::intValue).sum();
      for (long first : new long[] {0, 5, 3_000_000_000L}) {
        Map<PictureKind, Integer> whole = counts(mix, first, total);
        Map<PictureKind, Integer> part = counts(mix, first, total / 4);
        double near = Math.max(2, total / 100.0);
        mix.shares()
            .forEach(
                (kind, share) -> {
                  assertEquals(share, whole.getOrDefault(kind, 0), () -> words + " " + kind);
                  assertEquals(share / 4.0, part.getOrDefault(kind, 0), near, () -> words + kind);
                });
      }
    }
  }

  @Test
  void stepsReachEveryNumberOfAnyTotal() {
    assertEquals(7, PictureMix.stride(20)); // what was written before mixes could be chosen
    for (int total = 1; total <= 1000; total++) {
      BitSet reached = new BitSet();
      for (long i = 0; i < total; i++) {
        reached.set((int) (i * PictureMix.stride(total) % total));
      }
      assertEquals(total, reached.cardinality(), "total " + total);
    }
  }

  @Test
  void equalMixesAreEqual() {
    assertEquals(
        PictureMix.of(List.of("flags=1", "words=2")),
        PictureMix.of(List.of("words=20", "flags = 10", "scenes=0")));
    assertEquals(1, PictureMix.of(List.of("charts=9")).named().get("charts"));
  }

  @Test
  void sharesOutOfRangeAreRefused() {
    String negative =
        assertThrows(ConfigException.class, () -> new PictureMix(Map.of(PictureKind.FLAGS, -1)))
            .getMessage();
    assertTrue(negative.contains("flags=-1"), negative);
    assertThrows(ConfigException.class, () -> new PictureMix(Map.of()));
  }
}
