/// The decoder: its configuration, parameters and forward pass.
///
/// Shape letters used at the lines that change a shape: `B` batch, `T` tokens, `S` tokens attended
/// to, `D` dim, `H` heads, `K` kv heads, `G` query heads per kv head, `E` head dim, `F` ffn dim,
/// `V` vocab. Knows nothing of data, optimisers or files.
@org.jspecify.annotations.NullMarked
package dev.auspex.model;
