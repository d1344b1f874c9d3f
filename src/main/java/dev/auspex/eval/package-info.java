/// Examinations: questions with known answers, scores with intervals.
@org.jspecify.annotations.NullMarked
package dev.auspex.eval;
