package dev.auspex.data.pictures;

/// What can be asked of a picture.
///
/// @param kind what it tests: `shape`, `colour`, `count`, `relation`, `caption`, `chart`, `ocr`
///     and `ocr_SCRIPT`, `diagram`, `flag`, `stripe`, `direction`, `emblem`
/// @param prompt the question
/// @param answer the only right answer
public record Question(String kind, String prompt, String answer) {}
