/// Text from a model: sampling rules, stop rules, the token-by-token loop with its cache.
@org.jspecify.annotations.NullMarked
package dev.auspex.generate;
