package dev.auspex.data;

/// One piece of text.
///
/// @param path where it was found, archives and line numbers included
/// @param text valid UTF-8
public record Document(String path, byte[] text) {}
