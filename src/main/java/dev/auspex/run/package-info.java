/// One run and its folder: where each file lives, what was run on what, and how it is interrupted.
///
/// Everything about a run stands in `runs/<name>/`. Holds no tensor and no training loop. Lines of
/// the `.jsonl` files end in a newline and are written whole; a last line without one was cut by a
/// crash and is dropped when the run is resumed.
@org.jspecify.annotations.NullMarked
package dev.auspex.run;
