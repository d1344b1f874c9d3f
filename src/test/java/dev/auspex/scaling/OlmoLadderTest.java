package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The public logs of the OLMo ladder: 190M to 1B foretell the 7B run, 75 times larger.
class OlmoLadderTest {
  private static final Path LOGS =
      Path.of(System.getProperty("auspex.shared", "../shared/data"), "scaling/olmo-ladder");

  @Test
  void lossesOfASevenBillionParameterRunAreForecastWithinTwoAndAHalfPercent() {
    assumeTrue(Files.isDirectory(LOGS), "needs the OLMo ladder's logs in " + LOGS);
    List<String> map =
        List.of(
            "throughput/total_tokens=tokens",
            "parameters_non_embedding=parameters",
            "eval/dolma_common-crawl-validation/CrossEntropyLoss=common-crawl",
            "eval/pile-validation/CrossEntropyLoss=pile",
            "eval/dolma_stack-validation/CrossEntropyLoss=code");
    RunTable table = new RunTable(ColumnMap.parse(map), List.of(LOGS.resolve("runs.tsv")));
    List<Path> files = new ArrayList<>();
    for (String size : List.of("190M", "370M", "760M", "1B")) {
      for (String length : List.of("0.5xC", "1xC", "1xC-rerun", "2xC", "5xC", "10xC")) {
        files.add(LOGS.resolve(size + "-" + length + ".csv.gz"));
      }
    }
    TableFit fit =
        TableFit.of(
            table.read(files),
            table.read(List.of(LOGS.resolve("peteish7_eval_anneal.csv.gz"))),
            Assumptions.general(),
            0.9);
    for (TableFit.Prediction p : fit.predictions()) {
      assertTrue(Math.abs(p.relativeError()) < 0.025, p.toString());
      assertTrue(p.low() <= p.actual() && p.actual() <= p.high(), p.toString());
    }
  }
}
