package dev.auspex.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsTest {
  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsReadBackToTheLastBit() {
    try (TensorScope _ = TensorScope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("a", Tensor.of(new float[] {1.5f, -0f, Float.MIN_VALUE, 3e38f, 0.1f, 7}, 2, 3));
      tensors.put("b", Tensor.of(new float[] {1, 2, 3}, 3).to(DType.BF16));
      Path file = folder.resolve("x.safetensors");
      SafeTensors.write(file, tensors, Map.of("format", "pt"));
      Map<String, Tensor> read = SafeTensors.read(file);
      assertArrayEquals(tensors.get("a").toFloats(), read.get("a").toFloats());
      assertArrayEquals(new long[] {2, 3}, read.get("a").shape());
      assertEquals(DType.BF16, read.get("b").dtype());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[4,40]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":\"x\",\"data_offsets\":[0,4]}}"
      })
  void aBrokenHeaderIsOneLineThatNamesTheFile(String header) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("broken.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 8).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(json.length).put(json).array());
    String message =
        assertThrows(CheckpointException.class, () -> SafeTensors.read(file)).getMessage();
    assertTrue(message.contains("broken.safetensors"), message);
    assertFalse(message.contains("\n"), message);
  }

  @Test
  void aFileCutShortIsToldWithItsLength() throws IOException {
    Path file = folder.resolve("cut.safetensors");
    try (TensorScope _ = TensorScope.open()) {
      SafeTensors.write(file, Map.of("a", Tensor.zeros(DType.FP32, 100)), Map.of());
    }
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 5, 8, 20, whole.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThrows(CheckpointException.class, () -> SafeTensors.read(file), "length " + length);
    }
  }
}
