/// From files of any kind to token shards on record, and from shards to batches.
///
/// Two steps: [Corpus#scan] reads every source once (what is dropped is counted, never fatal) and
/// knows then which documents to keep and which to hold out; [DatasetBuilder] reads them again,
/// encodes on all cores and writes a dataset folder. Both reads give the same documents in the same
/// order. Trains no tokenizer and imports none: it sees one through [TokenEncoder].
///
/// A dataset folder:
/// - `dataset.json`: [DatasetManifest], counts, hashes, bytes per token.
/// - `ledger.json`: [Ledger], each source with licence, counts and what was dropped and why.
/// - `heldout.jsonl`: the held-out texts, one `{"source","path","text"}` a line.
/// - `train-00000.bin`, `heldout-00000.bin`, ...: token shards.
/// - what the encoder keeps beside them, such as `tokenizer.json`.
///
/// A shard is little-endian: a header of 64 bytes (`AUSPEXTK`, int version 1, int bytes per token 2
/// or 4, long tokens, int vocabulary size, zeros), then the tokens, unsigned 16-bit or 32-bit. Each
/// document is followed by the end token.
///
/// [CacheTrigram] tells how well a dataset is foretold by counting alone; forecasts use it.
///
/// What a document's SHA-256 decides, whatever the order of reading: bytes 0-7 whether it is held
/// out, bytes 8-9 whether it belongs to a sample limited in bytes, bytes 16-31 whether it was seen
/// before.
@org.jspecify.annotations.NullMarked
package dev.auspex.data;
