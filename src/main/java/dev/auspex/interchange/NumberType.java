package dev.auspex.interchange;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How numbers lie in a model file: plain floats, or blocks of small integers with one scale as
/// GGUF has them. Little-endian throughout.
public enum NumberType {
  /// 32-bit float.
  F32(0, 0, 1, 4),
  /// 16-bit float.
  F16(1, 1, 1, 2),
  /// 16-bit brain float: the upper half of an F32.
  BF16(30, 32, 1, 2),
  /// A half-float scale and 32 signed bytes.
  Q8_0(8, 7, 32, 34),
  /// A half-float scale and 32 numbers of 4 bits, less 8.
  Q4_0(2, 2, 32, 18),
  /// 256 numbers of 6 bits, less 32, with a scale of 8 bits for each 16 and a half-float for all.
  /// Only read: llama.cpp gives the output table of its Q4_0 files this type.
  Q6_K(14, 18, 256, 210);

  /// Names of GGML's types by number, for messages; empty where a number is not used.
  private static final List<String> GGML_NAMES =
      List.of(
          ("F32 F16 Q4_0 Q4_1 - - Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS"
                  + " IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 - - - TQ1_0"
                  + " TQ2_0")
              .split(" "));

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final int ggmlId;
  private final int ggufFileType;
  private final int blockSize;
  private final int blockBytes;

  NumberType(int ggmlId, int ggufFileType, int blockSize, int blockBytes) {
    this.ggmlId = ggmlId;
    this.ggufFileType = ggufFileType;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /// The type called `name`, whatever its case.
  public static Optional<NumberType> named(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return Arrays.stream(values()).filter(type -> type.name().equals(upper)).findFirst();
  }

  static Optional<NumberType> ofGgml(int id) {
    return Arrays.stream(values()).filter(type -> type.ggmlId == id).findFirst();
  }

  /// What GGML calls a type, whether it can be read or not.
  static String ggmlName(int id) {
    boolean named = id >= 0 && id < GGML_NAMES.size() && !GGML_NAMES.get(id).equals("-");
    return named ? GGML_NAMES.get(id) : "GGML type " + id;
  }

  int ggmlId() {
    return ggmlId;
  }

  /// The number of `general.file_type` for a file whose matrices have this type.
  int ggufFileType() {
    return ggufFileType;
  }

  /// Numbers in a block; a row holds whole blocks.
  int blockSize() {
    return blockSize;
  }

  /// Whether files with it can be written.
  public boolean written() {
    return this != Q6_K;
  }

  /// Whether several numbers share a scale.
  public boolean quantized() {
    return blockSize > 1;
  }

  /// Name in lower case, as the command line and `torch_dtype` abbreviations have it.
  public String lowerCase() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Bytes of `count` numbers, a multiple of the block.
  long bytes(long count) {
    return count / blockSize * blockBytes;
  }

  /// Reads `count` numbers, a multiple of the block.
  void decode(MemorySegment from, long at, float[] into, int count) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.intBitsToFloat(from.get(INT, at + 4L * i));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.float16ToFloat(from.get(SHORT, at + 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.intBitsToFloat(from.get(SHORT, at + 2L * i) << 16);
        }
      }
      case Q8_0, Q4_0 -> {
        for (int i = 0; i < count; i += blockSize) {
          decodeBlock(from, at + bytes(i), into, i);
        }
      }
      case Q6_K -> {
        for (int i = 0; i < count; i += blockSize) {
          decodeQ6(from, at + bytes(i), into, i);
        }
      }
    }
  }

  /// 128 bytes with the lower four bits, 64 with the upper two, 16 scales, the scale of all; each
  /// half of the numbers has half of each.
  private static void decodeQ6(MemorySegment from, long at, float[] into, int start) {
    float scale = Float.float16ToFloat(from.get(SHORT, at + 208));
    for (int i = 0; i < 256; i++) {
      int half = i / 128;
      int quarter = i % 128 / 32;
      int place = i % 32;
      int low = from.get(BYTE, at + 64 * half + 32 * (quarter % 2) + place) & 0xFF;
      int high = from.get(BYTE, at + 128 + 32 * half + place) & 0xFF;
      int number = (quarter < 2 ? low & 0xF : low >> 4) | (high >> 2 * quarter & 3) << 4;
      into[start + i] = scale * from.get(BYTE, at + 192 + i / 16) * (number - 32);
    }
  }

  private void decodeBlock(MemorySegment from, long at, float[] into, int start) {
    float scale = Float.float16ToFloat(from.get(SHORT, at));
    for (int i = 0; i < blockSize; i++) {
      if (this == Q8_0) {
        into[start + i] = scale * from.get(BYTE, at + 2 + i);
      } else {
        int pair = from.get(BYTE, at + 2 + i % 16);
        into[start + i] = scale * ((i < 16 ? pair & 0xF : pair >> 4 & 0xF) - 8);
      }
    }
  }

  /// Writes `count` numbers, a multiple of the block; to the nearest, ties to even.
  void encode(float[] from, int count, MemorySegment into, long at) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          into.set(INT, at + 4L * i, Float.floatToRawIntBits(from[i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into.set(SHORT, at + 2L * i, Float.floatToFloat16(from[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into.set(SHORT, at + 2L * i, brainFloat(from[i]));
        }
      }
      case Q8_0 -> {
        for (int i = 0; i < count; i += blockSize) {
          encodeQ8(from, i, into, at + bytes(i));
        }
      }
      case Q4_0 -> {
        for (int i = 0; i < count; i += blockSize) {
          encodeQ4(from, i, into, at + bytes(i));
        }
      }
      case Q6_K -> throw new IllegalArgumentException(this + " is only read");
    }
  }

  private static short brainFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  /// The largest magnitude becomes 127.
  private static void encodeQ8(float[] from, int start, MemorySegment into, long at) {
    float largest = 0;
    for (int i = 0; i < 32; i++) {
      largest = Math.max(largest, Math.abs(from[start + i]));
    }
    float scale = largest / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    into.set(SHORT, at, Float.floatToFloat16(scale));
    for (int i = 0; i < 32; i++) {
      float x = from[start + i] * inverse;
      into.set(BYTE, at + 2 + i, (byte) (Math.signum(x) * Math.floor(Math.abs(x) + 0.5f)));
    }
  }

  /// The number of largest magnitude becomes -8.
  private static void encodeQ4(float[] from, int start, MemorySegment into, long at) {
    float extreme = 0;
    for (int i = 0; i < 32; i++) {
      extreme = Math.abs(from[start + i]) > Math.abs(extreme) ? from[start + i] : extreme;
    }
    float scale = extreme / -8;
    float inverse = scale == 0 ? 0 : 1 / scale;
    into.set(SHORT, at, Float.floatToFloat16(scale));
    for (int i = 0; i < 16; i++) {
      int low = Math.min(15, (int) (from[start + i] * inverse + 8.5f));
      int high = Math.min(15, (int) (from[start + i + 16] * inverse + 8.5f));
      into.set(BYTE, at + 2 + i, (byte) (low | high << 4));
    }
  }
}
