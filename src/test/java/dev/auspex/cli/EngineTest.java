package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.auspex.config.ConfigException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTest {
  @ParameterizedTest
  @CsvSource({
    "'',      0, 0, cpu",
    "auto,    0, 0, cpu",
    "auto,    2, 1, cuda:1",
    "cpu,     2, 1, cpu",
    "cuda,    8, 3, cuda:3",
    "cuda:5,  8, 3, cuda:5",
    "mps,     0, 0, mps",
  })
  void theEnvironmentChoosesTheDevice(String wanted, int cudaDevices, String rank, String name) {
    Map<String, String> environment = Map.of(Engine.DEVICE, wanted, "LOCAL_RANK", rank);
    assertEquals(name, Engine.device(environment, cudaDevices));
  }

  @ParameterizedTest
  @CsvSource({"cuda, 0", "cuda:0, 0", "cuda:2, 2", "cuda:, 2", "cuda:x, 2", "cuda:-1, 2"})
  void aDeviceThatIsNotThereIsRefused(String wanted, int cudaDevices) {
    ConfigException refused =
        assertThrows(
            ConfigException.class, () -> Engine.device(Map.of(Engine.DEVICE, wanted), cudaDevices));
    assertEquals(0, refused.getMessage().indexOf("AUSPEX_DEVICE (cuda:"), refused.getMessage());
  }

  @Test
  void moreWorkersThanDevicesAreRefused() {
    assertThrows(ConfigException.class, () -> Engine.device(Map.of("LOCAL_RANK", "2"), 2));
  }
}
