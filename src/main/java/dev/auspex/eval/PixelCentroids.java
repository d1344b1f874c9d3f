package dev.auspex.eval;

import dev.auspex.vision.Picture;
import java.util.LinkedHashMap;
import java.util.Map;

/// The nearest-centroid classifier on pixels: the mean picture of each name, and for a new picture
/// the name whose mean is nearest (Euclidean distance of the values 0 to 255).
final class PixelCentroids {
  private static final class Sum {
    private final float[] total;
    private int count;

    Sum(int length) {
      total = new float[length];
    }
  }

  private final Map<String, Sum> sums = new LinkedHashMap<>();

  /// Learns one picture; all must have one size.
  void add(String name, Picture picture) {
    byte[] rgb = picture.rgb();
    Sum sum = sums.computeIfAbsent(name, _ -> new Sum(rgb.length));
    for (int i = 0; i < rgb.length; i++) {
      sum.total[i] += rgb[i] & 0xFF;
    }
    sum.count++;
  }

  /// Whether a picture of that name was learnt.
  boolean knows(String name) {
    return sums.containsKey(name);
  }

  /// The name of the nearest mean; of equal ones the first learnt; empty where nothing was.
  String nearest(Picture picture) {
    float[] pixels = new float[picture.rgb().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = picture.rgb()[i] & 0xFF;
    }
    String nearest = "";
    double least = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, Sum> entry : sums.entrySet()) {
      double distance = distance(pixels, entry.getValue());
      if (distance < least) {
        least = distance;
        nearest = entry.getKey();
      }
    }
    return nearest;
  }

  private static double distance(float[] pixels, Sum sum) {
    float share = 1f / sum.count;
    double distance = 0;
    for (int i = 0; i < pixels.length; i++) {
      float gap = pixels[i] - share * sum.total[i];
      distance += gap * gap;
    }
    return distance;
  }
}
