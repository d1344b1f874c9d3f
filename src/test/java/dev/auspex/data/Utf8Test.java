package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Utf8Test {
  private static int invalidByTheJdk(byte[] text) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(text);
    CharBuffer out = CharBuffer.allocate(text.length + 1);
    int invalid = 0;
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        return invalid;
      }
      invalid += result.length();
      in.position(in.position() + result.length());
    }
  }

  @Test
  void countsTheInvalidBytesThatTheJdkFinds() {
    int[] alphabet = {
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed,
      0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff
    };
    for (long seed = 0; seed < 20_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] text = new byte[random.nextInt(24)];
      for (int i = 0; i < text.length; i++) {
        text[i] = (byte) alphabet[random.nextInt(alphabet.length)];
      }
      assertEquals(invalidByTheJdk(text), Utf8.invalidBytes(text), "seed " + seed);
      assertEquals(0, Utf8.invalidBytes(Utf8.repair(text)), "seed " + seed);
    }
  }

  @Test
  void countsNulBytesAtEveryPlace() {
    for (int length = 0; length < 40; length++) {
      byte[] text = Samples.utf8("\u0001\u0080x".repeat(20)).clone();
      assertEquals(0, Utf8.nulBytes(text, length));
      for (int i = 0; i < length; i++) {
        text[i] = 0;
        assertEquals(i + 1, Utf8.nulBytes(text, length), "length " + length);
      }
    }
  }

  @Test
  void findsWhereACharacterBegins() {
    byte[] text = Samples.utf8("aé漢😀");
    int[] starts = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6};
    for (int i = 1; i < starts.length; i++) {
      assertEquals(starts[i], Utf8.characterStart(text, i), "position " + i);
    }
    byte[] garbage = new byte[20];
    java.util.Arrays.fill(garbage, (byte) 0x80);
    assertEquals(10, Utf8.characterStart(garbage, 10));
  }

  @Test
  void replacesSurrogatesThatStandAlone() {
    String text = "a\ud800b\ud83d\ude00c\ude00";
    assertEquals(2, Utf8.loneSurrogates(text));
    assertArrayEquals(Samples.utf8("a\ufffdb\ud83d\ude00c\ufffd"), Utf8.bytes(text));
  }
}
