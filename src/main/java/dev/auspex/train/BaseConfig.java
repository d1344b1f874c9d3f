package dev.auspex.train;

import dev.auspex.interchange.Family;
import org.jspecify.annotations.Nullable;

/// What a run notes of the model it starts from; follows from `init`.
///
/// @param folder the copy that the run keeps
/// @param family which kind of model it is
/// @param parameters all its numbers
/// @param sha256 of the copy's `model.safetensors`; absent until there is a copy
public record BaseConfig(String folder, Family family, long parameters, @Nullable String sha256) {}
