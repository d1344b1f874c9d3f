package dev.auspex.tokenizer.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What stands inside a tag and has a value.
sealed interface Expression {
  /// A string, number, truth value or {@link Missing#NONE}.
  record Literal(Object value) implements Expression {}

  /// A name.
  record Variable(String name) implements Expression {}

  /// `[a, b]` or `(a, b)`.
  record ListOf(List<Expression> items) implements Expression {}

  /// `{'a': b}`.
  record MapOf(List<Expression> keys, List<Expression> values) implements Expression {}

  /// `target.key` or `target[key]`.
  record Member(Expression target, Expression key) implements Expression {}

  /// `target[from:to]`.
  record Slice(Expression target, @Nullable Expression from, @Nullable Expression to, int step)
      implements Expression {}

  /// `target(arguments)`.
  record Call(Expression target, List<Expression> arguments, Map<String, Expression> named)
      implements Expression {}

  /// `input | name(arguments)`.
  record Filter(String name, Expression input, List<Expression> arguments) implements Expression {}

  /// `input is name` or `input is not name`.
  record Test(String name, Expression input, boolean negated) implements Expression {}

  /// `not operand` or `-operand`.
  record Unary(String sign, Expression operand) implements Expression {}

  /// `left sign right`.
  record Binary(String sign, Expression left, Expression right) implements Expression {}

  /// `yes if condition else no`.
  record Choice(Expression condition, Expression yes, Expression no) implements Expression {}

  /// What is not there.
  enum Missing {
    /// `none`.
    NONE,
    /// A name without a value.
    UNDEFINED;

    @Override
    public String toString() {
      return this == NONE ? "None" : "";
    }
  }
}
