package dev.auspex.data;

/// The content of `dataset.json`.
///
/// @param format version of the layout, 1
/// @param vocabSize token ids lie below this
/// @param endId token that ends a document
/// @param train the training shard
/// @param heldout the held-out shard
/// @param tokenBytes bytes of text each token id stands for
record DatasetInfo(
    int format, int vocabSize, int endId, ShardInfo train, ShardInfo heldout, int[] tokenBytes) {
  /// @param tokens number of ids
  /// @param documents number of documents
  /// @param bytes of text
  /// @param sha256 of the whole file
  record ShardInfo(long tokens, long documents, long bytes, String sha256) {}
}
