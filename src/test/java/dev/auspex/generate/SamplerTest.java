package dev.auspex.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float[] LOGITS = {-1f, 2f, 0.5f, 1.9f, -7f, 0f};

  private static Set<Integer> drawn(SamplingConfig config) {
    Sampler sampler = config.sampler();
    Set<Integer> ids = new TreeSet<>();
    for (int i = 0; i < 3000; i++) {
      ids.add(sampler.pick(LOGITS.clone()));
    }
    return ids;
  }

  @Test
  void temperatureZeroTakesTheLikeliest() {
    assertEquals(Set.of(1), drawn(new SamplingConfig(0, 0, 1, 0, 1)));
  }

  @Test
  void topKKeepsTheKLikeliest() {
    assertEquals(Set.of(1, 2, 3), drawn(new SamplingConfig(2, 3, 1, 0, 1)));
  }

  @Test
  void topPKeepsTheFewestThatReachP() {
    assertEquals(Set.of(1, 3), drawn(new SamplingConfig(1, 0, 0.6, 0, 1)));
  }

  @Test
  void minPDropsWhatIsFarBelowTheLikeliest() {
    assertEquals(Set.of(1, 3), drawn(new SamplingConfig(1, 0, 1, 0.5, 1)));
  }

  @Test
  void frequenciesFollowTheSoftmax() {
    Sampler sampler = new SamplingConfig(1, 0, 1, 0, 9).sampler();
    double total = 0;
    for (float logit : LOGITS) {
      total += Math.exp(logit);
    }
    int hits = 0;
    int draws = 20000;
    for (int i = 0; i < draws; i++) {
      hits += sampler.pick(LOGITS.clone()) == 3 ? 1 : 0;
    }
    assertEquals(Math.exp(1.9) / total, (double) hits / draws, 0.015);
  }

  @Test
  void theSameSeedDrawsTheSame() {
    Sampler one = new SamplingConfig(1, 0, 1, 0, 4).sampler();
    Sampler two = new SamplingConfig(1, 0, 1, 0, 4).sampler();
    for (int i = 0; i < 50; i++) {
      assertEquals(one.pick(LOGITS.clone()), two.pick(LOGITS.clone()));
    }
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThrows(ConfigException.class, () -> new SamplingConfig(-1, 0, 1, 0, 1));
    assertThrows(ConfigException.class, () -> new SamplingConfig(1, -1, 1, 0, 1));
    assertThrows(ConfigException.class, () -> new SamplingConfig(1, 0, 0, 0, 1));
    String message =
        assertThrows(ConfigException.class, () -> new SamplingConfig(1, 0, 1, 2, 1)).getMessage();
    assertTrue(message.contains("min_p (2.0) must lie in [0, 1]"), message);
  }
}
