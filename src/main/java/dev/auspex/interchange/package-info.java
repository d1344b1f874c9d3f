/// Model folders in the layout that Hugging Face tools read: `config.json`, `model.safetensors`,
/// `tokenizer.json`.
@org.jspecify.annotations.NullMarked
package dev.auspex.interchange;
