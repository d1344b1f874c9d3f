package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTrainCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {"--shapes=7m,8m 7m,8m", "--dtypes=fp16 fp16", "--steps=3 3", "--repeats=0 0"})
  void refusesWhatItCannotMeasureBeforeItBegins(String option, String told) {
    CliRun run = CliRun.of("bench", "train", option);
    assertEquals(2, run.code());
    assertTrue(run.err().contains(option.substring(0, option.indexOf('='))), run.err());
    assertTrue(run.err().contains("(" + told + ")"), run.err());
  }
}
