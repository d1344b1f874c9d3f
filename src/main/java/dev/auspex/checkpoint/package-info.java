/// Checkpoints: safetensors files plus a state document, written whole or not at all.
///
/// `step-N/` holds `model.safetensors` (parameters, FP32), one
/// `optimizer-00000-of-00001.safetensors` for each worker (moments of the parameters it owns) and
/// `state.json` (step, tokens, and the SHA-256 of the others); any number of workers reads it. A
/// folder is filled under a hidden name and renamed when complete, so a visible one is complete;
/// hashes find later damage.
@org.jspecify.annotations.NullMarked
package dev.auspex.checkpoint;
