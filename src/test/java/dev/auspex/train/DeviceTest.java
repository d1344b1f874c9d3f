package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.optim.Muon;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.optim.ParameterGroup;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.kernel.Kernels;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tensors on another device than the processor. No accelerator is at hand: libtorch's `meta` knows
/// shapes but no numbers and, as CUDA does, refuses operations between devices. It does not know
/// all operations of a pass.
class DeviceTest {
  @BeforeEach
  void leaveTheProcessor() {
    Device.use("meta");
  }

  @AfterEach
  void backToTheProcessor() {
    Device.use("cpu");
  }

  private static GptConfig config() {
    return new GptConfig(32, 12, 32, 2, 4, 2, 8, 40, 10000, 1e-5, true, false, new Mup(16, 1));
  }

  @Test
  void updatesAndLogitsStayOnTheDevice() {
    try (Gpt model = new Gpt(config(), DType.BF16, Initializer.draw(config(), 1));
        TensorScope _ = TensorScope.open()) {
      Map<String, Tensor> matrices =
          model.parameters().stream()
              .filter(parameter -> parameter.role() == Parameter.Role.HIDDEN)
              .collect(Collectors.toMap(Parameter::name, Parameter::value));
      matrices.values().forEach(leaf -> leaf.addGrad(Tensor.zeros(DType.FP32, leaf.shape())));
      ParameterGroup group = new ParameterGroup(matrices, 1, 0.1);
      new Muon(List.of(group), 0.95, DType.BF16).step(0.02, 0.5);
      matrices.values().forEach(leaf -> assertFalse(isOnHost(leaf)));
      Tensor hidden = Tensor.zeros(DType.BF16, 2, 12, 32);
      assertFalse(isOnHost(model.logits(hidden)));
    }
  }

  @Test
  void kernelsServeTheProcessorOnly() {
    assertFalse(Kernels.usable());
    Device.use("cpu");
    assertTrue(Kernels.usable());
  }

  @Test
  void whatIsReadOrWrittenPassesThroughTheProcessor() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor host = Device.hostZeros(DType.FP32, 3);
      host.bytes().putFloat(1.5f);
      assertFalse(isOnHost(Device.fromHost(host)));
      Device.use("cpu");
      Tensor kept = Device.hostZeros(DType.FP32, 3);
      kept.bytes().putFloat(1.5f);
      assertEquals(1.5f, Device.fromHost(kept).toFloats()[0]);
      assertEquals(kept.memory().address(), Device.toHost(kept).memory().address());
    }
  }

  @Test
  void anUnknownDeviceIsRefusedAndChangesNothing() {
    assertThrows(IllegalArgumentException.class, () -> Device.use("abacus"));
    assertEquals("meta", Device.name());
  }

  @Test
  @Tag("gpu")
  void aCudaDeviceTrainsAsTheProcessorDoes() {
    double[] processor = losses("cpu");
    double[] cuda = losses("cuda:0");
    assertArrayEquals(processor, cuda, 0.02);
    assertArrayEquals(cuda, losses("cuda:0"), 0);
  }

  /// Of six steps on one batch.
  private static double[] losses(String device) {
    Device.use(device);
    int[] ids = new SplittableRandom(3).ints(4 * 12 + 1, 0, 32).toArray();
    OptimizerConfig muon = new OptimizerConfig.Muon(0.02, 0.95, 0.1, 0.01, 0.9, 0.95, 1e-8);
    try (Gpt model = new Gpt(config(), DType.BF16, Initializer.draw(config(), 1))) {
      return SpeedProbe.repeat(model, muon, ids, 1, 6, 1).losses().stream()
          .mapToDouble(loss -> loss)
          .toArray();
    }
  }

  private static boolean isOnHost(Tensor tensor) {
    try {
      tensor.memory();
      return true;
    } catch (IllegalStateException _) {
      return false;
    }
  }
}
