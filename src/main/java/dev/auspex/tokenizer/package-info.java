/// Byte-level BPE: text to token ids and back, training, and other people's tokenizer files.
///
/// Everything works on bytes. Text is UTF-8; bytes that are not valid UTF-8 (and the three bytes
/// that stand for an unpaired surrogate of a Java String) are pieces of one byte each, so that any
/// input comes back byte for byte. A *piece* is what the split pattern cuts out; merges never cross
/// a piece's border. A *special* token has an id that no text can produce.
///
/// Imports `io` only. Knows nothing of documents, models or the command line.
@org.jspecify.annotations.NullMarked
package dev.auspex.tokenizer;
