/// Text in, tokens out: reading sources, the ledger, token shards and the order of training.
///
/// A dataset folder holds `dataset.json` (counts, hashes, bytes of every token), `ledger.json`
// (what
/// was read, kept and dropped, and why), `tokenizer.json`, `train.bin` and `heldout.bin`. A shard
// is
/// 16 bytes of header (`AUSPXTOK`, element width, zero), then little-endian token ids.
@org.jspecify.annotations.NullMarked
package dev.auspex.data;
