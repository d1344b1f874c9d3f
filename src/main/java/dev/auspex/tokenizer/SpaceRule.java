package dev.auspex.tokenizer;

/// What a SentencePiece vocabulary does with the spaces of a text before anything else.
///
/// @param front whether a text gets a space in front
/// @param collapsed whether spaces at both ends go and several in a row become one
record SpaceRule(boolean front, boolean collapsed) {}
