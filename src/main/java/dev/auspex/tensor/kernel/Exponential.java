package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// `exp` of floats with the same bits everywhere; the JDK's own rounds otherwise once a method has
/// been compiled.
///
/// `2^n * e^r` with `|r| <= ln(2) / 2` and a polynomial (`expf` of Moshier's Cephes library);
/// within 2 units in the last place from -87 to 88, where arguments are cut.
final class Exponential {
  private static final float LOWEST = -87.33f;
  private static final float HIGHEST = 88.3f;
  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /// Adding it leaves the nearest integer in the lowest bits.
  private static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  private Exponential() {}

  static FloatVector of(FloatVector argument) {
    FloatVector x = argument.max(LOWEST).min(HIGHEST);
    FloatVector rounded = x.fma(broadcast(LOG2_E), broadcast(ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), x));
    FloatVector p =
        broadcast(1.9875691500e-4f)
            .fma(r, broadcast(1.3981999507e-3f))
            .fma(r, broadcast(8.3334519073e-3f))
            .fma(r, broadcast(4.1665795894e-2f))
            .fma(r, broadcast(1.6666665459e-1f))
            .fma(r, broadcast(5.0000001201e-1f));
    FloatVector e = p.fma(r.mul(r), r.add(1));
    IntVector power =
        rounded.reinterpretAsInts().sub(ROUNDER_BITS).lanewise(VectorOperators.LSHL, 23);
    return e.reinterpretAsInts().add(power).reinterpretAsFloats();
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
