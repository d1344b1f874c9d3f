/// Checkpoints: safetensors files plus a state document, written whole or not at all.
///
/// `step-N/` holds `model.safetensors` (parameters, FP32), `optimizer.safetensors` (moments) and
/// `state.json` (step, tokens, and the SHA-256 of the two files). A folder is filled under a hidden
/// name and renamed when complete, so a visible one is complete; hashes find later damage.
@org.jspecify.annotations.NullMarked
package dev.auspex.checkpoint;
