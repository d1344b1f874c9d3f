package dev.auspex.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 of bytes, text and files, as lower-case hex.
public final class Hashes {
  private Hashes() {}

  /// A fresh SHA-256 digest.
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Lower-case hex of a digest.
  public static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  /// SHA-256 of UTF-8 text.
  public static String sha256(String text) {
    return hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// SHA-256 of a file's bytes, streamed.
  public static String sha256(Path file) {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return hex(digest.digest());
  }
}
