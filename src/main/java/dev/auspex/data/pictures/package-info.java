/// Documents of text and pictures: a generator with exact truth, the JSONL form, and the sequences
/// that a model trains on.
@org.jspecify.annotations.NullMarked
package dev.auspex.data.pictures;
