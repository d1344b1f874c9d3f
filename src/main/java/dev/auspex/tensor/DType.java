package dev.auspex.tensor;

import org.bytedeco.pytorch.global.torch;

/// Element types.
public enum DType {
  /// 32-bit float.
  FP32(torch.ScalarType.Float, 4),
  /// 16-bit brain float.
  BF16(torch.ScalarType.BFloat16, 2),
  /// 64-bit integer (indices).
  INT64(torch.ScalarType.Long, 8);

  final torch.ScalarType scalarType;
  private final int bytes;

  DType(torch.ScalarType scalarType, int bytes) {
    this.scalarType = scalarType;
    this.bytes = bytes;
  }

  /// Bytes of one element.
  public int bytes() {
    return bytes;
  }

  static DType of(torch.ScalarType type) {
    for (DType dtype : values()) {
      if (dtype.scalarType.value == type.value) {
        return dtype;
      }
    }
    throw new IllegalStateException("unmapped element type " + type);
  }
}
