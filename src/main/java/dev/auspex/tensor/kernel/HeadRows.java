package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.AttentionKernel.Norms;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Queries, keys and values of one head at one place, read from what the projection gave for it
/// `[B, T, H + 2 K, E]`, normalised, rotated and scaled; and the same way back for gradients.
/// Belongs to one thread.
final class HeadRows {
  private static final float LN2 = (float) Math.log(2);

  private final Heads heads;
  private final @Nullable Norms norms;
  private final Memory all;
  private final float[] raw;
  private final float queryScale;

  HeadRows(Heads heads, @Nullable Norms norms, Memory all) {
    this.heads = heads;
    this.norms = norms;
    this.all = all;
    this.raw = Memory.room(heads.width());
    this.queryScale = (float) (1 / Math.sqrt(heads.width()));
  }

  /// Type of the activations.
  DType dtype() {
    return all.dtype();
  }

  /// @param row token in the batch
  /// @param place of the token in its sequence
  void readQuery(long row, int place, int head, float[] into) {
    read(row, head);
    if (norms != null) {
      normalize(norms.queryGain());
    }
    float scale = queryScale / LN2;
    rotate(place, scale, scale, raw, into, 0);
  }

  /// @param head of the keys, from 0
  void readKey(long row, int place, int head, float[] into, int at) {
    read(row, heads.queries() + head);
    if (norms != null) {
      normalize(norms.keyGain());
    }
    rotate(place, 1, 1, raw, into, at);
  }

  void readValue(long row, int head, float[] into, int at) {
    read(row, heads.queries() + heads.keys() + head);
    System.arraycopy(raw, 0, into, at, heads.width());
  }

  private void read(long row, int head) {
    all.read(at(row, head), raw, heads.width());
  }

  private long at(long row, int head) {
    return (row * heads.columns() + head) * heads.width();
  }

  private void normalize(float[] gain) {
    int width = heads.width();
    float sum = 0;
    for (int e = 0; e < width; e++) {
      sum += raw[e] * raw[e];
    }
    float scale = (float) (1 / Math.sqrt(sum / width + norms.eps()));
    for (int e = 0; e < width; e++) {
      raw[e] *= scale * gain[e];
    }
  }

  /// @param cosineFactor on what stays
  /// @param sineFactor on what turns; of the other sign it turns back
  /// @param into may be `from` itself
  private void rotate(
      int place, float cosineFactor, float sineFactor, float[] from, float[] into, int at) {
    int half = heads.width() / 2;
    float[] cosines = heads.rotation().cosines();
    float[] sines = heads.rotation().sines();
    int row = place * half;
    int whole = FLOATS.loopBound(half);
    for (int e = 0; e < whole; e += LANES) {
      FloatVector cosine = FloatVector.fromArray(FLOATS, cosines, row + e).mul(cosineFactor);
      FloatVector sine = FloatVector.fromArray(FLOATS, sines, row + e).mul(sineFactor);
      FloatVector a = FloatVector.fromArray(FLOATS, from, e);
      FloatVector b = FloatVector.fromArray(FLOATS, from, half + e);
      a.mul(cosine).sub(b.mul(sine)).intoArray(into, at + e);
      b.mul(cosine).add(a.mul(sine)).intoArray(into, at + half + e);
    }
    for (int e = whole; e < half; e++) {
      float cosine = cosines[row + e] * cosineFactor;
      float sine = sines[row + e] * sineFactor;
      float a = from[e];
      float b = from[half + e];
      into[at + e] = a * cosine - b * sine;
      into[at + half + e] = b * cosine + a * sine;
    }
  }

  /// Carries a gradient of what {@link #readQuery} gave, in units of scores, to the projection.
  ///
  /// @param gradient overwritten
  /// @param into where it goes `[B, T, H + 2 K, E]`
  /// @param gains takes up the gradient of the gain from `0` on
  void writeQuery(long row, int place, int head, float[] gradient, Memory into, float[] gains) {
    rotate(place, queryScale, -queryScale, gradient, gradient, 0);
    if (norms != null) {
      normBack(row, head, norms.queryGain(), gradient, gains, 0);
    }
    into.write(gradient, at(row, head), heads.width());
  }

  /// The same for a key; the gradient of the gain stands behind that of the queries.
  void writeKey(long row, int place, int head, float[] gradient, Memory into, float[] gains) {
    // the queries it is a sum of were divided by ln 2
    rotate(place, LN2, -LN2, gradient, gradient, 0);
    if (norms != null) {
      normBack(row, heads.queries() + head, norms.keyGain(), gradient, gains, heads.width());
    }
    into.write(gradient, at(row, heads.queries() + head), heads.width());
  }

  void writeValue(long row, int head, float[] gradient, Memory into) {
    into.write(gradient, at(row, heads.queries() + heads.keys() + head), heads.width());
  }

  private void normBack(long row, int head, float[] gain, float[] gradient, float[] gains, int at) {
    int width = heads.width();
    read(row, head);
    float squares = 0;
    float dot = 0;
    for (int e = 0; e < width; e++) {
      squares += raw[e] * raw[e];
      dot += raw[e] * gain[e] * gradient[e];
    }
    float scale = (float) (1 / Math.sqrt(squares / width + norms.eps()));
    float along = scale * scale * dot / width;
    for (int e = 0; e < width; e++) {
      gains[at + e] += gradient[e] * raw[e] * scale;
      gradient[e] = scale * (gain[e] * gradient[e] - raw[e] * along);
    }
  }
}
