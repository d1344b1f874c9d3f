/// Pre-training: the loop, its configuration, the recipe that sets every hyper-parameter from the
/// size, and the held-out loss.
@org.jspecify.annotations.NullMarked
package dev.auspex.train;
