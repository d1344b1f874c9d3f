package dev.auspex.data.pictures;

import dev.auspex.config.ConfigException;
import dev.auspex.data.DataException;
import java.util.List;

/// What is to be drawn.
///
/// @param count training pictures, at least 1
/// @param heldout held-out questions, at least 1, each with a picture of its own
/// @param scripts of words, at least one, none twice
public record PicturePlan(int count, int heldout, long seed, PictureMix mix, List<Script> scripts) {
  public PicturePlan {
    scripts = List.copyOf(scripts);
    if (count < 1 || heldout < 1) {
      throw new DataException(
          "count (%d) and heldout (%d) must be at least 1".formatted(count, heldout));
    }
    if (mix.shares().get(PictureKind.WORDS) == 0 && !scripts.equals(List.of(Script.LATIN))) {
      throw new ConfigException("--scripts must have words in --mix (words=0); add words=1");
    }
  }
}
