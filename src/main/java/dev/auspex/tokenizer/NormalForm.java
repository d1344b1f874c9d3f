package dev.auspex.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/// Unicode's normal form C over bytes; what is not text stays as it is.
final class NormalForm {
  private NormalForm() {}

  static byte[] nfc(byte[] text, int from, int to) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(to - from + 16);
    int i = from;
    while (i < to) {
      int end = Utf8.validEnd(text, i, to);
      if (end == i) {
        out.write(text[i]);
        i++;
      } else {
        String stretch = new String(text, i, end - i, StandardCharsets.UTF_8);
        out.writeBytes(
            Normalizer.normalize(stretch, Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8));
        i = end;
      }
    }
    return out.toByteArray();
  }
}
