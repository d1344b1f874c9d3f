/// Settings: a preset, a file and overrides become one tree, and the tree becomes one record.
///
/// The records live beside what they configure; this package knows none of them. Keys are the
/// record components in snake_case, by rule. A component of a sealed type is chosen by the key
/// `type`, whose values are the permitted records' names in snake_case. No key has a default in
/// code: a key is given by a preset, a file or an override, or it is missing, and that is an error
/// (only a `@Nullable` component may be left out). Records must be public. Numbers, texts and
/// booleans are never turned into one another.
@org.jspecify.annotations.NullMarked
package dev.auspex.config;
