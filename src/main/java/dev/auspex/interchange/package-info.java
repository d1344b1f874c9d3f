/// Models between this system and others: Hugging Face folders, GGUF files, llama2.c checkpoints.
///
/// Every format says in {@link dev.auspex.interchange.Slot}s where it keeps which parameter; one
/// description serves reading, checking and writing. Files are mapped, not read: a
/// {@link dev.auspex.interchange.StoredModel} costs its header until numbers are asked for, and
/// writing holds one tensor at a time. A new family is a {@link dev.auspex.interchange.Family}, its
/// slots in `Layouts`, its keys in `HuggingFaceConfig` and, where GGUF knows it, `GgufModel`.
@org.jspecify.annotations.NullMarked
package dev.auspex.interchange;
