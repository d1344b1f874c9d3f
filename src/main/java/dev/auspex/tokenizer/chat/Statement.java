package dev.auspex.tokenizer.chat;

import java.util.List;

/// A part of a template.
sealed interface Statement {
  /// Text as it is.
  record Text(String text) implements Statement {}

  /// `{{ value }}`.
  record Print(Expression value) implements Statement {}

  /// `{% if %}`: the first branch whose condition holds, else the last part.
  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /// A condition and what it guards.
  record Branch(Expression condition, List<Statement> body) {}

  /// `{% for names in items if condition %}`.
  record For(
      List<String> names,
      Expression items,
      Expression condition,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /// `{% set target = value %}`, where the target is a name or a member of a namespace.
  record Set(Expression target, Expression value) implements Statement {}
}
