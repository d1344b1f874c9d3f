package dev.auspex.data.pictures;

import java.nio.file.Path;

/// A picture and what it is called.
///
/// @param where file, or file and line, for messages
/// @param file the picture, perhaps inside an archive
public record NamedPicture(String where, Path file, String name) {}
