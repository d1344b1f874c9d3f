package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Pins the walk from `auspex train` to the matrix product: at each hop the file named calls the
/// next one directly, so that a reader can follow it with an editor.
class WalkTest {
  /// Caller's file, and the call in it that is the next hop.
  private record Hop(String file, String call) {}

  private static final List<Hop> WALK =
      List.of(
          new Hop("cli/Main", "new TrainCommand("),
          new Hop("cli/TrainCommand", "new TrainingRun("),
          new Hop("cli/TrainingRun", "trainer.fit("),
          new Hop("train/Trainer", "model.loss("),
          new Hop("model/Gpt", "pass.loss("),
          new Hop("model/TrainingPass", "block.forward("),
          new Hop("model/Block", "attention.forward("),
          new Hop("model/Attention", "queryKeyValue.forward("),
          new Hop("model/Linear", "x.matmul("),
          new Hop("tensor/Tensor", "torch.matmul("));

  @Test
  void eachHopIsAPlainCallInTheFileNamed() throws IOException {
    assertTrue(WALK.size() <= 10);
    for (Hop hop : WALK) {
      Path file = Path.of("src/main/java/dev/auspex", hop.file() + ".java");
      String code = Files.readString(file);
      assertTrue(
          Pattern.compile(Pattern.quote(hop.call())).matcher(code).find(),
          file + " no longer calls " + hop.call());
    }
    assertEquals(10, WALK.size());
  }
}
