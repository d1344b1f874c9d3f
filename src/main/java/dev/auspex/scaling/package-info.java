/// Scaling laws, forecasts with intervals, and the register that seals them.
///
/// Pure arithmetic on the results of finished runs; imports no tensor and needs no native library.
@org.jspecify.annotations.NullMarked
package dev.auspex.scaling;
