package dev.auspex.data.pictures;

import dev.auspex.config.ConfigException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// How many pictures of each kind there are, in shares without a common factor: equal mixes are
/// equal.
///
/// @param shares of every kind, at least 0 and not all 0
public record PictureMix(Map<PictureKind, Integer> shares) {
  /// Largest share, so that sums are exact.
  private static final int MOST = 1_000_000;

  /// Steps of this part of a circle leave no large gaps, however many are taken.
  private static final double GOLDEN = (3 - Math.sqrt(5)) / 2;

  public PictureMix {
    shares.forEach(
        (kind, share) -> {
          if (share < 0 || share > MOST) {
            throw wrongShare(kind.label() + "=" + share);
          }
        });
    Map<PictureKind, Integer> reduced = new EnumMap<>(PictureKind.class);
    int factor = shares.values().stream().reduce(0, PictureMix::gcd);
    if (factor == 0) {
      throw new ConfigException("--mix must have a share above 0; all are 0");
    }
    for (PictureKind kind : PictureKind.values()) {
      reduced.put(kind, shares.getOrDefault(kind, 0) / factor);
    }
    shares = Map.copyOf(reduced);
  }

  /// Reads `flags=1`, `words=2`; kinds that are not named have no share.
  public static PictureMix of(List<String> words) {
    Map<PictureKind, Integer> shares = new EnumMap<>(PictureKind.class);
    for (String word : words) {
      int equals = Math.max(0, word.indexOf('='));
      PictureKind kind = kind(word.substring(0, equals).strip(), word);
      if (shares.put(kind, share(word.substring(equals + 1).strip(), word)) != null) {
        throw new ConfigException("--mix (" + word + ") must name each kind once");
      }
    }
    return new PictureMix(shares);
  }

  private static PictureKind kind(String label, String word) {
    return Arrays.stream(PictureKind.values())
        .filter(kind -> kind.label().equals(label))
        .findAny()
        .orElseThrow(
            () ->
                new ConfigException(
                    "--mix (%s) must be KIND=SHARE,... of the kinds %s"
                        .formatted(
                            word,
                            Arrays.stream(PictureKind.values())
                                .map(PictureKind::label)
                                .collect(Collectors.joining(", ")))));
  }

  private static int share(String number, String word) {
    try {
      return Integer.parseInt(number);
    } catch (NumberFormatException _) {
      throw wrongShare(word);
    }
  }

  private static ConfigException wrongShare(String word) {
    return new ConfigException(
        "--mix (%s) must have a whole number from 0 to %,d as its share".formatted(word, MOST));
  }

  /// The shares by the names of kinds, in their order.
  Map<String, Integer> named() {
    Map<String, Integer> named = new LinkedHashMap<>();
    for (PictureKind kind : PictureKind.values()) {
      named.put(kind.label(), shares.get(kind));
    }
    return named;
  }

  /// The kind of picture `index`: of any `total` in a row each kind has exactly its share, of fewer
  /// about that.
  PictureKind at(long index) {
    int total = shares.values().stream().mapToInt(Integer::intValue).sum();
    long at = index * stride(total) % total;
    for (PictureKind kind : PictureKind.values()) {
      at -= shares.get(kind);
      if (at < 0) {
        return kind;
      }
    }
    throw new AssertionError(this);
  }

  /// The number nearest to the golden section of `total` that shares no factor with it (7 of 20),
  /// so that `total` steps reach every number once.
  static int stride(int total) {
    int golden = Math.max(1, (int) (total * GOLDEN));
    for (int away = 0; ; away++) {
      if (gcd(golden - away, total) == 1) {
        return golden - away;
      }
      if (gcd(golden + away, total) == 1) {
        return golden + away;
      }
    }
  }

  private static int gcd(int a, int b) {
    return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).intValueExact();
  }
}
