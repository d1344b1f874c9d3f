package dev.auspex.data;

/// One text, in well-formed UTF-8.
///
/// @param source name of the source it came from
/// @param path where in the source: `folder/file.txt`, `pack.zip!/a/B.java`, `chat.jsonl:17`; parts
///     of a long text end in `#1`, `#2`, ...
/// @param text the bytes, not copied
public record Document(String source, String path, byte[] text) {}
