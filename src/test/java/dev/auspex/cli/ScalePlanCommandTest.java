package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ScalePlanCommandTest {
  @TempDir Path folder;

  private static CliRun plan(String... arguments) {
    List<String> words = new ArrayList<>(List.of("scale", "plan"));
    words.addAll(List.of(arguments));
    return CliRun.of(words.toArray());
  }

  @Test
  void anAmountOfComputeCostsHoursAndMoney() {
    CliRun outcome = plan("--flops", "1e21", "--devices", "8xH100", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode target = outcome.json().get("target");
    assertEquals(1e21, target.get("flops").doubleValue());
    double parameters = target.get("parameters").doubleValue();
    double tokens = target.get("tokens").doubleValue();
    assertEquals(1e21, 6 * parameters * tokens, 1e15);
    assertEquals(20, tokens / parameters, 1e-6);
    JsonNode ladder = outcome.json().get("ladder");
    assertEquals(6, ladder.size());
    assertEquals(1e18, ladder.get(5).get("flops").doubleValue(), 1e9);
    JsonNode cost = outcome.json().get("cost");
    double hours = 1e21 / (8 * 989e12 * 0.4) / 3600;
    assertEquals(hours, cost.get("target_hours").doubleValue(), 1e-9);
    assertEquals(hours * 8 * 3, cost.get("target_money").doubleValue(), 1e-6);
    assertEquals(
        cost.get("hours").doubleValue(),
        cost.get("target_hours").doubleValue() + cost.get("ladder_hours").doubleValue(),
        1e-9);
    assertEquals("USD", cost.get("currency").stringValue());
    assertTrue(outcome.err().contains("8 x H100 at 40%"), outcome.err());
  }

  @Test
  void runsThatAreTooShortForALadderAreTold() {
    String few = plan("--target", "quickstart", "--ratio", "10", "base.batch_size=128").out();
    assertTrue(few.contains("note: dim-16-seed-1 has "), few);
    assertTrue(few.contains("lower base.batch_size (128)"), few);
    String enough = plan("--target", "quickstart", "--ratio", "10").out();
    assertFalse(enough.contains("note:"), enough);
  }

  @Test
  void aPresetIsPricedToo() {
    CliRun outcome = plan("--target", "quickstart", "--ratio", "10", "--devices", "l4", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode cost = outcome.json().get("cost");
    double flops = outcome.json().at("/target/flops").doubleValue();
    assertEquals(flops, cost.get("target_flops").doubleValue());
    assertEquals(flops / (121e12 * 0.4) / 3600, cost.get("target_hours").doubleValue(), 1e-12);
  }

  @Test
  void ownDevicesReplaceShippedOnes() throws IOException {
    Path table =
        Files.writeString(
            folder.resolve("mine.yaml"),
            "devices:\n  H100: {tflops: 1000, utilisation: 0.5, usd_per_hour: 1.0}\n"
                + "  Abacus: {tflops: 0.001, utilisation: 1.0, usd_per_hour: 0.1}\n");
    CliRun mine =
        plan(
            "--flops", "1.8e18", "--devices", "H100", "--device-table", table.toString(), "--json");
    assertEquals(1, mine.json().at("/cost/target_hours").doubleValue(), 1e-9);
    CliRun abacus =
        plan("--flops", "3.6e12", "--devices", "2 x abacus", "--device-table", table.toString());
    assertEquals(0, abacus.code(), abacus.err());
    Files.writeString(table, "devices:\n  Bad: {tflops: 1, utilisation: 40, usd_per_hour: 1.0}\n");
    CliRun bad = plan("--flops", "1e18", "--devices", "Bad", "--device-table", table.toString());
    assertEquals(2, bad.code());
    assertTrue(bad.err().contains("utilisation (40.0) must lie above 0"), bad.err());
  }

  @Test
  void severalLengthsFromATrunkShowWhatTheySave() {
    List<String> lengths =
        List.of("--target", "quickstart", "--ratio", "1", "horizons.multiples=[2,0.5,1]");
    List<String> words = new ArrayList<>(lengths);
    words.addAll(List.of("dims=[32]", "repeats=1", "horizons.trunk=1", "--json"));
    CliRun trunk = plan(words.toArray(String[]::new)).ending(0);
    JsonNode cost = trunk.json().get("cost");
    JsonNode rows = trunk.json().get("ladder");
    assertEquals(3, rows.size());
    double separate = 0;
    double perStep = 0;
    long decays = 0;
    for (JsonNode row : rows) {
      separate += row.get("flops").doubleValue();
      perStep = row.get("flops").doubleValue() / row.get("steps").longValue();
      decays += row.get("steps").longValue() - row.get("trunk_steps").longValue();
      assertEquals("dim-32-trunk-1-seed-1", row.get("trunk").stringValue());
    }
    long longest = rows.get(2).get("trunk_steps").longValue();
    assertEquals(perStep * (longest + decays), cost.get("ladder_flops").doubleValue(), perStep);
    assertEquals(separate, cost.get("separate_flops").doubleValue(), 1);
    assertEquals(2.75 / 3.5, cost.get("ladder_flops").doubleValue() / separate, 0.01);
    assertTrue(trunk.err().contains("trunks save"), trunk.err());

    words.set(words.indexOf("horizons.trunk=1"), "repeats=1");
    CliRun apart = plan(words.toArray(String[]::new)).ending(0);
    assertEquals(3, apart.json().get("ladder").size());
    assertFalse(apart.json().get("cost").has("saved_flops"));
    assertTrue(
        apart.json().at("/ladder/0/steps").longValue() > rows.get(0).get("steps").longValue(),
        "a shorter run of its own has a smaller batch");
  }

  @Test
  void anAmountOfComputeIsSplitIntoLengthsToo() {
    CliRun outcome =
        plan("--flops", "1e21", "--devices", "8xH100", "--horizons", "0.5,1,2", "--json").ending(0);
    assertEquals(17, outcome.json().get("ladder").size(), "the longest of the largest is too long");
    JsonNode cost = outcome.json().get("cost");
    double all = 0;
    double taken = 0;
    for (int i = 0; i < 6; i++) {
      double size = 1e18 / Math.pow(10, i / 2.0);
      double lengths = i == 0 ? 1.5 : 3.5;
      all += lengths * size;
      taken += (0.2 * lengths + 0.8 * (i == 0 ? 1 : 2)) * size;
    }
    assertEquals(1, cost.get("ladder_flops").doubleValue() / taken, 1e-9);
    assertEquals(1, cost.get("saved_flops").doubleValue() / (all - taken), 1e-9);
    assertTrue(cost.get("saved_money").doubleValue() > 0);
  }

  @Test
  void lengthsThatNoTrunkCanServeAreRefused() {
    String told =
        plan(
                "--target",
                "quickstart",
                "horizons.multiples=[0.01,1]",
                "horizons.trunk=1",
                "--ratio",
                "1")
            .mistake();
    assertTrue(told.contains("must be longer than the"), told);
    String cosine =
        plan(
                "--target",
                "quickstart",
                "horizons.multiples=[0.5,1]",
                "horizons.trunk=1",
                "base.schedule={type: cosine, warmup_share: 0.02, minimum: 0.1}")
            .mistake();
    assertTrue(cosine.contains("base.schedule.type must be wsd"), cosine);
    String empty = plan("--target", "quickstart", "horizons.multiples=[]").mistake();
    assertTrue(empty.contains("horizons.multiples ([]) must be one length or more"), empty);
    assertTrue(plan("--target", "quickstart", "--horizons", "1,2").mistake().contains("--flops"));
    assertTrue(plan("--flops", "1e21", "--horizons", "0").mistake().contains("--horizons ([0.0])"));
  }

  @Test
  void mistakesAreSaidInOneLine() {
    CliRun unknown = plan("--flops", "1e21", "--devices", "8xH1000");
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().startsWith("auspex: --devices (8xH1000) must be a count and one of"));
    assertEquals(2, plan("--devices", "8xH100").code());
    assertEquals(2, plan("--flops", "1e21", "--target", "quickstart").code());
    assertEquals(2, plan("--flops", "-1").code());
    assertEquals(2, plan("--flops", "1e21", "--ratio", "0").code());
    assertEquals(2, plan("--flops", "1e21", "target_dim=64").code());
  }
}
