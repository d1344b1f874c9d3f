package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ScaleFitCommandTest {
  private static final Path OLMO =
      Path.of(System.getProperty("auspex.shared", "../shared/data"), "scaling/olmo-ladder");

  @TempDir Path folder;

  private static CliRun fit(List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("scale", "fit"));
    words.addAll(arguments);
    return CliRun.of(words.toArray());
  }

  private static JsonNode prediction(CliRun run, String metric) {
    for (JsonNode prediction : run.json().get("predictions")) {
      if (prediction.get("metric").stringValue().equals(metric)) {
        return prediction;
      }
    }
    throw new AssertionError(metric + " not in " + run.out());
  }

  private static double loss(double parameters, double tokens) {
    return 0.5 + 60 / Math.pow(parameters, 0.28) + 110 / Math.pow(tokens, 0.24);
  }

  private static double accuracy(double loss) {
    return 0.25 + 0.75 / (1 + Math.pow(loss / 0.85, 5));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  /// A log a run: steps, tokens, two halves of a quiz in percent, its bits per byte.
  private List<String> logs() throws IOException {
    List<String> files = new ArrayList<>();
    for (String size : List.of("200M", "400M", "800M")) {
      double parameters = Double.parseDouble(size.replace("M", "e6"));
      for (int ratio : new int[] {20, 60, 200}) {
        StringBuilder text = new StringBuilder("_step,seen,t/quiz_a,t/quiz_b,bpb/quiz_x,junk\n");
        for (int i = 1; i <= 20; i++) {
          double tokens = parameters * ratio * i / 20;
          double loss = loss(parameters, tokens);
          text.append("%d,%s,".formatted(10 * i, number(tokens)));
          text.append(number(100 * accuracy(loss) + 1)).append(',');
          text.append(number(100 * accuracy(loss) - 3)).append(',');
          text.append(number(loss)).append(",1\n");
        }
        Path file = folder.resolve(size + "-" + ratio + ".csv");
        files.add(Files.writeString(file, text.toString()).toString());
      }
    }
    return files;
  }

  @Test
  void logsWithMappedColumnsForecastATask() throws IOException {
    Path sizes =
        Files.writeString(
            folder.resolve("sizes.tsv"), "model\tN\n200M\t200M\n400M\t400M\n800M\t0.8B\nbig\t7B\n");
    double loss = loss(7e9, 1e12);
    Path big =
        Files.writeString(
            folder.resolve("big.jsonl"),
            "{\"name\":\"big\",\"seen\":1e12,\"t/quiz_a\":%s,\"t/quiz_b\":%s}%n"
                .formatted(number(100 * accuracy(loss) + 1), number(100 * accuracy(loss) - 3)));
    List<String> arguments = new ArrayList<>(List.of("--runs"));
    arguments.addAll(logs());
    arguments.addAll(
        List.of(
            "--join",
            sizes.toString(),
            "--map",
            "seen=tokens",
            "N=parameters",
            "t/quiz_a=0.75*percent:quiz",
            "t/quiz_b=0.25*percent:quiz",
            "bpb/*_x=bpb:*",
            "--chance",
            "quiz=0.25",
            "--predict",
            big.toString(),
            "--json"));
    CliRun outcome = fit(arguments);
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode quiz = prediction(outcome, "quiz");
    assertEquals(accuracy(loss), quiz.get("actual").doubleValue(), 1e-4);
    assertTrue(quiz.get("absolute_error").doubleValue() < 0.02, quiz.toString());
    for (String key :
        List.of("metric", "target", "low", "high", "relative_error", "form", "forecastability")) {
      assertTrue(quiz.has(key), key);
    }
    assertTrue(outcome.json().at("/tasks/0/forecastable").booleanValue());
    assertEquals(
        100 * quiz.get("absolute_error").doubleValue(),
        outcome.json().at("/summary/0/mean_task_error").doubleValue(),
        1e-9);
    assertTrue(outcome.err().contains("mean absolute task error"), outcome.err());
  }

  @Test
  void oneRowATaskAndStepIsTheSameTable() throws IOException {
    StringBuilder text = new StringBuilder("model,step,params,seen,task,acc,mix\n");
    for (String size : List.of("200M", "400M", "800M", "1.6B")) {
      double parameters = Double.parseDouble(size.replace("M", "e6").replace("B", "e9"));
      for (int i = 1; i <= 8; i++) {
        double tokens = parameters * 100 * i / 8;
        for (String task : List.of("quiz", "exam")) {
          for (String mix : List.of("web", "bad")) {
            double value = mix.equals("web") ? accuracy(loss(parameters, tokens)) : 0;
            text.append(
                "%s,%d,%s,%s,%s,%s,%s%n"
                    .formatted(size, i, size, number(tokens), task, number(value), mix));
          }
        }
      }
    }
    Path table = Files.writeString(folder.resolve("long.csv"), text.toString());
    CliRun outcome =
        fit(
            List.of(
                "--runs",
                table.toString(),
                "--map",
                "model=name",
                "params=parameters",
                "seen=tokens",
                "acc=accuracy:*",
                "--where",
                "mix=web",
                "--predict",
                table.toString(),
                "--json"));
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals(2, outcome.json().get("tasks").size());
    assertEquals(8, outcome.json().get("predictions").size());
    assertEquals(
        accuracy(loss(2e8, 2e10)), prediction(outcome, "exam").get("actual").doubleValue(), 1e-4);
  }

  @Test
  void anExportWithColumnsOfSeveralRunsIsJoinedWithTheirSizes() throws IOException {
    StringBuilder text = new StringBuilder("\"Step\"");
    StringBuilder sizes = new StringBuilder("run,params_m,batch_k\n");
    for (int i = 0; i < 4; i++) {
      text.append(",\"run %d - train/loss\",\"run %d - train/loss__MAX\"".formatted(i, i));
      sizes.append("run %d,%d,500%n".formatted(i, 100 << i));
    }
    for (int step = 1000; step <= 8000; step += 1000) {
      text.append("\n").append(step);
      for (int i = 0; i < 4; i++) {
        boolean runs = step <= 1000 << i;
        text.append(runs ? "," + number(loss(1e8 * (1 << i), 5e5 * step)) + ",9" : ",,");
      }
    }
    Path table = Files.writeString(folder.resolve("export.csv"), text + "\n");
    Path side = Files.writeString(folder.resolve("sizes.csv"), sizes.toString());
    Path big =
        Files.writeString(
            folder.resolve("big.csv"),
            "name,params_m,D,loss\nbig,3200,16," + number(loss(3.2e9, 1.6e10)) + "\n");
    CliRun outcome =
        fit(
            List.of(
                "--runs",
                table.toString(),
                "--join",
                side.toString(),
                "--map",
                "Step=step",
                "{name} - train/loss=loss",
                "loss=loss",
                "params_m=parameters",
                "batch_k=tokens_per_step",
                "D=tokens",
                "--scale",
                "params_m=M",
                "batch_k=1e3",
                "D=B",
                "--predict",
                big.toString(),
                "--json"));
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode loss = prediction(outcome, "loss");
    assertEquals(8, loss.get("compute_ratio").doubleValue() / 2, 1e-6);
    assertTrue(Math.abs(loss.get("relative_error").doubleValue()) < 0.03, loss.toString());
  }

  @Test
  void aTableWithoutHeaderHasNumberedColumns() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      double flops = 1e15 * Math.pow(4, i);
      text.append(number(flops)).append(' ').append(i).append(',');
      text.append(number(flops)).append(',');
      text.append(number(1.5 + 300 * Math.pow(flops, -0.15))).append('\n');
    }
    Path table = Files.writeString(folder.resolve("bare.csv"), text.toString());
    CliRun outcome =
        fit(List.of("--runs", table.toString(), "--map", "2=flops", "3=web", "--json"));
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals("web", outcome.json().at("/laws/0/metric").stringValue());
  }

  @Test
  void mistakesNameTheColumnsFound() throws IOException {
    Path table = Files.writeString(folder.resolve("a.csv"), "run,cost,c4\nx,1e18,3\ny,2e18,2.9\n");
    CliRun noMetric = fit(List.of("--runs", table.toString()));
    assertEquals(2, noMetric.code());
    assertTrue(noMetric.err().contains("columns found: run, cost, c4"), noMetric.err());
    CliRun wrong = fit(List.of("--runs", table.toString(), "--map", "kost=flops", "c4=c4"));
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("nearest: cost; columns found: run, cost, c4"), wrong.err());
    CliRun unsized = fit(List.of("--runs", table.toString(), "--map", "c4=c4"));
    assertEquals(2, unsized.code());
    assertTrue(unsized.err().contains("must give flops"), unsized.err());
    CliRun nothing = fit(List.of("--runs", table.toString(), "--map", "c4=c4", "--where", "run=z"));
    assertEquals(2, nothing.code());
    assertTrue(nothing.err().contains("must leave at least one row"), nothing.err());
    CliRun chance = fit(List.of("--runs", table.toString(), "--chance", "quiz=four"));
    assertEquals(2, chance.code());
    assertTrue(chance.err().contains("chance (quiz=four) must be a number"), chance.err());
    CliRun percent =
        fit(List.of("--runs", table.toString(), "--map", "cost=flops", "c4=accuracy:c4"));
    assertEquals(2, percent.code());
    assertTrue(percent.err().contains("map percentages as percent:NAME"), percent.err());
  }

  @Test
  void theOlmoLadderForetellsEightTasksOfSevenBillionParameters() {
    assumeTrue(Files.isDirectory(OLMO), "needs the OLMo ladder's logs in " + OLMO);
    List<String> arguments = new ArrayList<>(List.of("--runs"));
    for (String size : List.of("190M", "370M", "760M", "1B")) {
      for (String length : List.of("0.5xC", "1xC", "1xC-rerun", "2xC", "5xC", "10xC")) {
        arguments.add(OLMO.resolve(size + "-" + length + ".csv.gz").toString());
      }
    }
    arguments.addAll(List.of("--join", OLMO.resolve("runs.tsv").toString(), "--map"));
    arguments.addAll(
        List.of(
            "throughput/total_tokens=tokens",
            "throughput/total_training_Gflops=gflops",
            "parameters_non_embedding=parameters",
            "eval/dolma_common-crawl-validation/CrossEntropyLoss=web",
            "eval/pile-validation/CrossEntropyLoss=pile",
            "eval/downstream*/boolq_*=-",
            "eval/downstream*/winogrande_*=-",
            "eval/downstream_bpb/mmlu_*_test_rc_5shot_bpb=bpb:mmlu",
            "eval/downstream/mmlu_*_test_rc_5shot_len_norm=accuracy:mmlu"));
    for (String task :
        List.of(
            "hellaswag_val",
            "arc_easy_test",
            "arc_challenge_test",
            "piqa_val",
            "csqa_val",
            "socialiqa_val",
            "openbookqa_test")) {
      arguments.add("eval/downstream_bpb/" + task + "_rc_5shot_bpb=bpb:" + task);
      arguments.add("eval/downstream/" + task + "_rc_5shot_len_norm=accuracy:" + task);
    }
    arguments.addAll(
        List.of(
            "--predict",
            OLMO.resolve("peteish7_eval_anneal.csv.gz").toString(),
            OLMO.resolve("3B-10xC.csv.gz").toString(),
            "--json"));
    CliRun outcome = fit(arguments);
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode seven = outcome.json().at("/summary/0");
    assertEquals(8, seven.get("tasks").intValue());
    assertTrue(seven.get("mean_task_error").doubleValue() < 3.5, seven.toString());
    JsonNode three = outcome.json().at("/summary/1");
    assertTrue(three.get("mean_task_error").doubleValue() < 2, three.toString());
    for (JsonNode task : outcome.json().get("tasks")) {
      assertTrue(task.get("forecastable").booleanValue(), task.toString());
    }
    assertFalse(outcome.json().at("/predictions/0/chinchilla").isMissingNode());
  }
}
