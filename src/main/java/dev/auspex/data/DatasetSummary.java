package dev.auspex.data;

import java.util.Map;

/// What `data build` made.
///
/// @param documents kept, held-out ones included
/// @param bytes of text in them
/// @param tokens in the training shard
/// @param dropped documents by reason
/// @param heldout documents, bytes and tokens kept from training
/// @param ledger path of `ledger.json`
public record DatasetSummary(
    long documents,
    long bytes,
    long tokens,
    Map<String, Long> dropped,
    Map<String, Long> heldout,
    String ledger) {}
