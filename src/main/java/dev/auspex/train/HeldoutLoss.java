package dev.auspex.train;

import dev.auspex.data.HeldoutWindows;
import dev.auspex.data.TokenDataset;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;

/// Loss on text that training never saw, in units that do not depend on the vocabulary.
public final class HeldoutLoss {
  private static final int WINDOWS_AT_ONCE = 8;

  private HeldoutLoss() {}

  /// @param natsPerToken mean negative log-likelihood of a token
  /// @param bitsPerByte total bits divided by the bytes of text they stand for
  /// @param tokens tokens predicted
  public record Measured(double natsPerToken, double bitsPerByte, long tokens) {}

  /// Measures `model` on at most `maxWindows` windows (0 for all), each token predicted once.
  ///
  /// @param seqLen length of a window
  public static Measured of(Gpt model, TokenDataset data, int seqLen, int maxWindows) {
    HeldoutWindows windows = data.heldout(seqLen, maxWindows);
    double nats = 0;
    try (Torch.NoGrad _ = Torch.noGrad()) {
      for (int at = 0; at < windows.count(); at += WINDOWS_AT_ONCE) {
        int count = Math.min(WINDOWS_AT_ONCE, windows.count() - at);
        try (TensorScope _ = TensorScope.open()) {
          Tensor inputs = Tensor.of(windows.inputs(at, count), count, windows.seqLen());
          Tensor targets = Tensor.of(windows.targets(at, count), count, windows.seqLen());
          nats += model.summedLoss(inputs, null, targets).item();
        }
      }
    }
    return new Measured(
        nats / windows.tokens(), nats / Math.log(2) / windows.bytes(), windows.tokens());
  }
}
