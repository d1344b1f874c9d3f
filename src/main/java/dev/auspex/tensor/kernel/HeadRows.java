package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.AttentionKernel.Norms;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Queries, keys and values of one head of a sequence: brought near from what the projection gave,
/// normalised, rotated and scaled; and the same way back for gradients. Belongs to one thread.
final class HeadRows {
  private static final float LN2 = (float) Math.log(2);

  final Heads heads;
  final @Nullable Norms norms;

  final Room room;

  /// What was read, then gradients that go back.
  final HeadStrips strips;

  /// First elements of the strips of the heads that are worked on.
  long queries;

  long keys;
  long values;

  private final float[] raw;
  private final float queryScale;

  /// @param room for the strips, and whatever else a pass needs
  /// @param all `[B, T, H + 2 K, E]`
  /// @param length of a strip of rows, at least that of a sequence
  /// @param stride of its rows, at least the width of a head
  HeadRows(
      Room room,
      Heads heads,
      @Nullable Norms norms,
      Memory all,
      int seqLen,
      int length,
      int stride) {
    this.room = room;
    this.heads = heads;
    this.norms = norms;
    HeadColumns columns = new HeadColumns(all, seqLen, heads.columns(), heads.width());
    this.strips = new HeadStrips(room, columns, length, stride, 3);
    this.raw = Memory.room(heads.width());
    this.queryScale = (float) (1 / Math.sqrt(heads.width()));
  }

  void bringQueries(long sequence, int head) {
    queries = strips.bring(sequence, head, 0);
  }

  /// @param head of the keys, from 0
  void bringKeysAndValues(long sequence, int head) {
    keys = strips.bring(sequence, heads.queries() + head, 1);
    values = strips.bring(sequence, heads.queries() + heads.keys() + head, 2);
  }

  /// @param place of the token in its sequence
  void readQuery(int place, float[] into) {
    strips.memory().read(at(queries, place), raw, heads.width());
    if (norms != null) {
      normalize(norms.queryGain());
    }
    rotate(place, queryFactor(), queryFactor(), raw, into, 0);
  }

  /// On queries that are read, for scores in units of log 2.
  float queryFactor() {
    return queryScale / LN2;
  }

  /// On gradients that go back to queries, of scores in units of 1.
  float queryGradientFactor() {
    return queryScale;
  }

  /// The same for keys: the queries that their gradients are sums of were divided by ln 2.
  float keyGradientFactor() {
    return LN2;
  }

  void readKey(int place, float[] into, int at) {
    strips.memory().read(at(keys, place), raw, heads.width());
    if (norms != null) {
      normalize(norms.keyGain());
    }
    rotate(place, 1, 1, raw, into, at);
  }

  void readValue(int place, float[] into, int at) {
    strips.memory().read(at(values, place), raw, heads.width());
    System.arraycopy(raw, 0, into, at, heads.width());
  }

  private long at(long strip, int place) {
    return strip + (long) place * strips.stride;
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

  /// Carries a gradient of what {@link #readQuery} gave, in units of scores, to what it read.
  ///
  /// @param gradient overwritten
  /// @param gains takes up the gradient of the gain from `0` on
  void writeQuery(int place, float[] gradient, float[] gains) {
    rotate(place, queryGradientFactor(), -queryGradientFactor(), gradient, gradient, 0);
    if (norms != null) {
      strips.memory().read(at(queries, place), raw, heads.width());
      normBack(norms.queryGain(), gradient, gains, 0);
    }
    strips.memory().write(gradient, at(queries, place), heads.width());
  }

  /// The same for a key; the gradient of the gain stands behind that of the queries.
  void writeKey(int place, float[] gradient, float[] gains) {
    rotate(place, keyGradientFactor(), -keyGradientFactor(), gradient, gradient, 0);
    if (norms != null) {
      strips.memory().read(at(keys, place), raw, heads.width());
      normBack(norms.keyGain(), gradient, gains, heads.width());
    }
    strips.memory().write(gradient, at(keys, place), heads.width());
  }

  void writeValue(int place, float[] gradient) {
    strips.memory().write(gradient, at(values, place), heads.width());
  }

  /// Carries gradients of the queries that were read to the projection.
  void scatterQueries(long sequence, int head, HeadColumns into) {
    strips.scatter(queries, sequence, head, into);
  }

  /// @param head of the keys, from 0
  void scatterKeysAndValues(long sequence, int head, HeadColumns into) {
    strips.scatter(keys, sequence, heads.queries() + head, into);
    strips.scatter(values, sequence, heads.queries() + heads.keys() + head, into);
  }

  /// @param gains takes up the gradient of the gain from `at` on
  private void normBack(float[] gain, float[] gradient, float[] gains, int at) {
    int width = heads.width();
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
