/// Reports made from the evidence in a run folder: one self-contained page, and a list of what each
/// number rests on. Reads files only.
@org.jspecify.annotations.NullMarked
package dev.auspex.report;
