package dev.auspex.interchange;

import dev.auspex.io.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Chooses the type each tensor is written in and writes it, one at a time.
final class TensorPlan {
  private static final int BLOCK = 1 << 20;

  private final StoredModel model;
  private final @Nullable NumberType asked;
  private final boolean gguf;
  private final Progress progress;
  private long written;

  /// @param asked the type of the matrices; null to keep what each has
  /// @param progress hears the bytes written
  TensorPlan(StoredModel model, @Nullable NumberType asked, boolean gguf, Progress progress) {
    this.model = model;
    this.asked = asked;
    this.gguf = gguf;
    this.progress = progress;
  }

  /// The type of a tensor. Vectors, positions and patches are F32 in GGUF files, as llama.cpp needs
  /// them. A row that is not whole blocks becomes F16, and tables of 4 bits become Q8_0, as they
  /// decide most.
  NumberType type(Slot slot) {
    NumberType own = model.type(slot.parts().getFirst());
    boolean same = slot.parts().stream().allMatch(part -> model.type(part) == own);
    if (!gguf) {
      return huggingFace(slot, same ? own : model.type());
    }
    boolean embeds = slot.name().contains("position_embd") || slot.name().contains("patch_embd");
    if (slot.shape().length < 2 || embeds) {
      return NumberType.F32;
    }
    NumberType wanted = asked != null ? asked : same ? own : model.type();
    boolean table = slot.name().equals("token_embd.weight") || slot.name().equals("output.weight");
    if (asked == NumberType.Q4_0 && table) {
      wanted = NumberType.Q8_0;
    }
    return slot.shape()[1] % wanted.blockSize() == 0 ? wanted : NumberType.F16;
  }

  private NumberType huggingFace(Slot slot, NumberType own) {
    NumberType whole = asked != null ? asked : model.type();
    NumberType wanted = whole.quantized() ? NumberType.F32 : whole;
    if (asked == null && !own.quantized() && wanted != own) {
      return slot.parts().stream().allMatch(part -> fits(part, wanted)) ? wanted : own;
    }
    return wanted;
  }

  /// Whether a parameter has only numbers that the other type holds exactly.
  private boolean fits(String part, NumberType narrow) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wide = model.bytes(part, NumberType.F32, arena);
      MemorySegment narrowed = model.bytes(part, narrow, arena);
      int count = (int) Math.min(1 << 16, wide.byteSize() / Float.BYTES);
      float[] a = new float[count];
      float[] b = new float[count];
      for (long done = 0; done < wide.byteSize() / Float.BYTES; done += count) {
        int length = (int) Math.min(count, wide.byteSize() / Float.BYTES - done);
        NumberType.F32.decode(wide, done * Float.BYTES, a, length);
        narrow.decode(narrowed, narrow.bytes(done), b, length);
        for (int i = 0; i < length; i++) {
          if (Float.floatToIntBits(a[i]) != Float.floatToIntBits(b[i])) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /// Bytes of a tensor in its type.
  long length(Slot slot) {
    long count = 1;
    for (long size : slot.shape()) {
      count *= size;
    }
    return type(slot).bytes(count);
  }

  /// Writes the bytes of a tensor.
  void write(Slot slot, OutputStream out) throws IOException {
    NumberType type = type(slot);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment joined;
      if (slot.parts().size() == 1) {
        joined = model.bytes(slot.parts().getFirst(), type, arena);
      } else {
        joined = arena.allocate(length(slot), 64);
        long at = 0;
        for (String part : slot.parts()) {
          MemorySegment bytes = model.bytes(part, type, arena);
          MemorySegment.copy(bytes, 0, joined, at, bytes.byteSize());
          at += bytes.byteSize();
        }
      }
      copy(slot.inFileOrder(joined, type, arena), out);
      written += joined.byteSize();
      progress.update(written, slot.name());
    }
  }

  private static void copy(MemorySegment bytes, OutputStream out) throws IOException {
    byte[] block = new byte[(int) Math.min(BLOCK, bytes.byteSize())];
    for (long at = 0; at < bytes.byteSize(); at += block.length) {
      int length = (int) Math.min(block.length, bytes.byteSize() - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, block, 0, length);
      out.write(block, 0, length);
    }
  }
}
