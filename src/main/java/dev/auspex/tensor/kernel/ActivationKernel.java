package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/// The activations of feed-forward layers with their gradients; what the forward pass made is made
/// again in the backward pass instead of kept.
public final class ActivationKernel {
  /// `sqrt(2 / pi)` of GELU's tanh form.
  private static final float ROOT = 0.7978845608f;

  private static final float CUBIC = 0.044715f;

  private ActivationKernel() {}

  /// `silu(gate) * up` (Shazeer 2020, arXiv 2002.05202).
  ///
  /// @param gateUp gate and up side by side `[rows, 2 * ffn]`
  /// @param result `[rows, ffn]`
  public static void swiGlu(Tensor gateUp, Tensor result) {
    int width = (int) result.size(-1);
    Memory in = Memory.of(gateUp);
    Memory out = Memory.of(result);
    Spans.each(
        result.numElements() / width,
        width,
        (from, to) -> {
          float[] gate = Memory.room(width);
          float[] up = Memory.room(width);
          for (long row = from; row < to; row++) {
            in.read(2 * row * width, gate, width);
            in.read((2 * row + 1) * width, up, width);
            swiGluLoop(gate, up);
            out.write(up, row * width, width);
          }
        });
  }

  private static void swiGluLoop(float[] gate, float[] up) {
    for (int i = 0; i < gate.length; i += LANES) {
      FloatVector g = FloatVector.fromArray(FLOATS, gate, i);
      g.mul(sigmoid(g)).mul(FloatVector.fromArray(FLOATS, up, i)).intoArray(up, i);
    }
  }

  /// Turns gate and up into their gradients, and makes the result once more.
  ///
  /// @param gateUp as above, changed in its own memory
  /// @param gradient of the result `[rows, ffn]`, replaced by the result itself
  public static void swiGluBackward(Tensor gateUp, Tensor gradient) {
    int width = (int) gradient.size(-1);
    Memory both = Memory.of(gateUp);
    Memory result = Memory.of(gradient);
    Spans.each(
        gradient.numElements() / width,
        width,
        (from, to) -> {
          float[] gate = Memory.room(width);
          float[] up = Memory.room(width);
          float[] dy = Memory.room(width);
          for (long row = from; row < to; row++) {
            both.read(2 * row * width, gate, width);
            both.read((2 * row + 1) * width, up, width);
            result.read(row * width, dy, width);
            swiGluBackwardLoop(gate, up, dy);
            both.write(gate, 2 * row * width, width);
            both.write(up, (2 * row + 1) * width, width);
            result.write(dy, row * width, width);
          }
        });
  }

  private static void swiGluBackwardLoop(float[] gate, float[] up, float[] dy) {
    for (int i = 0; i < gate.length; i += LANES) {
      FloatVector g = FloatVector.fromArray(FLOATS, gate, i);
      FloatVector u = FloatVector.fromArray(FLOATS, up, i);
      FloatVector d = FloatVector.fromArray(FLOATS, dy, i);
      FloatVector s = sigmoid(g);
      FloatVector silu = g.mul(s);
      FloatVector slope = g.sub(silu).fma(s, s); // s + s * g * (1 - s)
      silu.mul(u).intoArray(dy, i);
      d.mul(silu).intoArray(up, i);
      d.mul(u).mul(slope).intoArray(gate, i);
    }
  }

  private static FloatVector sigmoid(FloatVector x) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    return one.div(Exponential.of(x.neg()).add(one));
  }

  /// GELU in GPT-2's tanh form (Hendrycks and Gimpel 2016, arXiv 1606.08415).
  ///
  /// @param x any shape
  /// @param result same shape
  public static void gelu(Tensor x, Tensor result) {
    int width = (int) x.size(-1);
    Memory in = Memory.of(x);
    Memory out = Memory.of(result);
    Spans.each(
        x.numElements() / width,
        width,
        (from, to) -> {
          float[] v = Memory.room(width);
          for (long row = from; row < to; row++) {
            in.read(row * width, v, width);
            for (int i = 0; i < v.length; i += LANES) {
              FloatVector u = FloatVector.fromArray(FLOATS, v, i);
              u.mul(gate(u)).intoArray(v, i);
            }
            out.write(v, row * width, width);
          }
        });
  }

  /// Turns arguments into their gradients, and makes the result once more.
  ///
  /// @param x arguments, changed in their own memory
  /// @param gradient of the result, replaced by the result itself
  public static void geluBackward(Tensor x, Tensor gradient) {
    int width = (int) x.size(-1);
    Memory in = Memory.of(x);
    Memory result = Memory.of(gradient);
    Spans.each(
        x.numElements() / width,
        width,
        (from, to) -> {
          float[] v = Memory.room(width);
          float[] dy = Memory.room(width);
          for (long row = from; row < to; row++) {
            in.read(row * width, v, width);
            result.read(row * width, dy, width);
            geluBackwardLoop(v, dy);
            in.write(v, row * width, width);
            result.write(dy, row * width, width);
          }
        });
  }

  private static void geluBackwardLoop(float[] v, float[] dy) {
    for (int i = 0; i < v.length; i += LANES) {
      FloatVector u = FloatVector.fromArray(FLOATS, v, i);
      FloatVector d = FloatVector.fromArray(FLOATS, dy, i);
      FloatVector s = gate(u);
      // the inner polynomial's slope, 2 * ROOT * (1 + 3 * CUBIC * u^2)
      FloatVector slope =
          u.mul(u)
              .fma(
                  FloatVector.broadcast(FLOATS, 6 * ROOT * CUBIC),
                  FloatVector.broadcast(FLOATS, 2 * ROOT));
      FloatVector result = u.mul(s);
      result.intoArray(dy, i);
      d.mul(result.sub(result.mul(s)).fma(slope, s)).intoArray(v, i);
    }
  }

  /// `(1 + tanh(z)) / 2`, which is `sigmoid(2 z)`.
  private static FloatVector gate(FloatVector u) {
    FloatVector cubic = u.mul(u).mul(CUBIC).add(1);
    return sigmoid(u.mul(cubic).mul(2 * ROOT));
  }
}
