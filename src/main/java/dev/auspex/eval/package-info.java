/// Examinations: pictures, tasks with exact checkers, pass rates without bias, and the sandbox that
/// runs small Java expressions. Draws no conclusions about scale; `scaling` does.
@org.jspecify.annotations.NullMarked
package dev.auspex.eval;
