/// Files, JSON, hashes, errors and progress: what every other package stands on.
///
/// Imports nothing of Auspex. Holds no model, no tensor and no command.
@org.jspecify.annotations.NullMarked
package dev.auspex.io;
