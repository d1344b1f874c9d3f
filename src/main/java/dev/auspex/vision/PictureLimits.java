package dev.auspex.vision;

import dev.auspex.config.ConfigException;

/// What a picture may cost; checked from its header, before any pixel is decoded.
///
/// @param maxBytes largest file
/// @param maxPixels largest width times height
public record PictureLimits(long maxBytes, long maxPixels) {
  /// 64 MiB and 16.8 million pixels: at most about 200 MB while one is decoded.
  public static final PictureLimits STANDARD = new PictureLimits(64L << 20, 4096L * 4096);

  public PictureLimits {
    if (maxBytes < 1 || maxPixels < 1) {
      throw new ConfigException(
          "max_bytes (%d) and max_pixels (%d) must be at least 1".formatted(maxBytes, maxPixels));
    }
  }
}
