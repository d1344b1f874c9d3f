package dev.auspex.tokenizer;

/// A token with a name of its own outside the merges.
///
/// @param name its text
/// @param id its id
/// @param special whether text can never produce it
/// @param normalized whether it is looked for after the normalizer, if any, has run
record AddedToken(String name, int id, boolean special, boolean normalized) {}
