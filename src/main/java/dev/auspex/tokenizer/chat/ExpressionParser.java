package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Expression.Binary;
import dev.auspex.tokenizer.chat.Expression.Call;
import dev.auspex.tokenizer.chat.Expression.Choice;
import dev.auspex.tokenizer.chat.Expression.Filter;
import dev.auspex.tokenizer.chat.Expression.ListOf;
import dev.auspex.tokenizer.chat.Expression.Literal;
import dev.auspex.tokenizer.chat.Expression.MapOf;
import dev.auspex.tokenizer.chat.Expression.Member;
import dev.auspex.tokenizer.chat.Expression.Missing;
import dev.auspex.tokenizer.chat.Expression.Slice;
import dev.auspex.tokenizer.chat.Expression.Test;
import dev.auspex.tokenizer.chat.Expression.Unary;
import dev.auspex.tokenizer.chat.Expression.Variable;
import dev.auspex.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tokens to expressions, by recursive descent.
final class ExpressionParser {
  /// Binary signs, the loosest first.
  private static final List<List<String>> LEVELS =
      List.of(
          List.of("or"),
          List.of("and"),
          List.of("==", "!=", "<", ">", "<=", ">=", "in", "not in"),
          List.of("+", "-", "~"),
          List.of("*", "/", "//", "%"));

  private static final int COMPARISONS = 2;

  private final TokenReader reader;

  ExpressionParser(TokenReader reader) {
    this.reader = reader;
  }

  /// Any expression.
  Expression expression() {
    reader.deeper();
    Expression value = level(0);
    if (reader.keyword("if")) {
      Expression condition = level(0);
      value =
          new Choice(
              condition,
              value,
              reader.keyword("else") ? expression() : new Literal(Missing.UNDEFINED));
    }
    reader.shallower();
    return value;
  }

  /// An expression without a choice.
  Expression simple() {
    return level(0);
  }

  private Expression level(int level) {
    if (level == LEVELS.size()) {
      return unary();
    }
    boolean negated = level == COMPARISONS && reader.keyword("not");
    if (negated) {
      reader.deeper();
      Expression operand = new Unary("not", level(level));
      reader.shallower();
      return operand;
    }
    Expression left = level(level + 1);
    for (String found = signOf(level); found != null; found = signOf(level)) {
      left = new Binary(found, left, level(level + 1));
    }
    return left;
  }

  private @Nullable String signOf(int level) {
    Token token = reader.peek();
    String text = token.text();
    if (level == COMPARISONS && token.is(Kind.NAME, "not") && reader.second().is(Kind.NAME, "in")) {
      reader.skip(2);
      return "not in";
    }
    boolean named = token.kind() == Kind.NAME && Character.isLetter(text.charAt(0));
    if ((named || token.kind() == Kind.SIGN) && LEVELS.get(level).contains(text)) {
      reader.skip(1);
      return text;
    }
    return null;
  }

  private Expression unary() {
    if (reader.sign("-")) {
      reader.deeper();
      Expression operand = new Unary("-", unary());
      reader.shallower();
      return operand;
    }
    Expression value = postfix();
    while (true) {
      if (reader.sign("|")) {
        String name = reader.take(Kind.NAME);
        value =
            new Filter(
                name, value, reader.sign("(") ? arguments(new LinkedHashMap<>()) : List.of());
      } else if (reader.keyword("is")) {
        boolean negated = reader.keyword("not");
        value = new Test(reader.take(Kind.NAME), value, negated);
      } else {
        return value;
      }
    }
  }

  /// A name or value with what hangs on it: members, calls.
  Expression postfix() {
    Expression value = primary();
    while (true) {
      if (reader.sign(".")) {
        value = new Member(value, new Literal(reader.take(Kind.NAME)));
      } else if (reader.sign("[")) {
        value = subscript(value);
      } else if (reader.sign("(")) {
        Map<String, Expression> named = new LinkedHashMap<>();
        List<Expression> arguments = arguments(named);
        value = new Call(value, arguments, named);
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression target) {
    Expression from = reader.peek().is(Kind.SIGN, ":") ? null : expression();
    if (!reader.sign(":")) {
      reader.close("]");
      return new Member(target, from == null ? new Literal(Missing.NONE) : from);
    }
    boolean open = reader.peek().is(Kind.SIGN, "]") || reader.peek().is(Kind.SIGN, ":");
    Expression to = open ? null : expression();
    int step = 1;
    if (reader.sign(":") && !reader.peek().is(Kind.SIGN, "]")) {
      step = reader.sign("-") ? -1 : 1;
      if (!reader.take(Kind.NUMBER).equals("1")) {
        throw new ChatTemplateException("the chat template may slice in steps of 1 or -1 only");
      }
    }
    reader.close("]");
    return new Slice(target, from, to, step);
  }

  /// The arguments after an opening bracket; those with a name go into `named`.
  private List<Expression> arguments(Map<String, Expression> named) {
    List<Expression> arguments = new ArrayList<>();
    while (!reader.sign(")")) {
      if (reader.peek().kind() == Kind.NAME && reader.second().is(Kind.SIGN, "=")) {
        String name = reader.take(Kind.NAME);
        reader.skip(1);
        named.put(name, expression());
      } else {
        arguments.add(expression());
      }
      if (!reader.sign(",") && !reader.peek().is(Kind.SIGN, ")")) {
        throw reader.unexpected();
      }
    }
    return arguments;
  }

  private Expression primary() {
    Token token = reader.peek();
    reader.skip(1);
    return switch (token.kind()) {
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (reader.peek().kind() == Kind.STRING) {
          text.append(reader.take(Kind.STRING)); // neighbours are one string, as in Python
        }
        yield new Literal(text.toString());
      }
      case NUMBER -> number(token.text());
      case NAME -> named(token.text());
      case SIGN -> bracketed(token.text());
      case TEXT, PRINT_BEGIN, PRINT_END, BLOCK_BEGIN, BLOCK_END, END -> {
        reader.skip(-1);
        throw reader.unexpected();
      }
    };
  }

  private static Expression number(String text) {
    try {
      return text.contains(".")
          ? new Literal(Double.valueOf(text))
          : new Literal(Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw new ChatTemplateException("the chat template has the number " + text);
    }
  }

  private static Expression named(String name) {
    return switch (name) {
      case "true", "True" -> new Literal(true);
      case "false", "False" -> new Literal(false);
      case "none", "None" -> new Literal(Missing.NONE);
      default -> new Variable(name);
    };
  }

  private Expression bracketed(String sign) {
    List<Expression> items = new ArrayList<>();
    switch (sign) {
      case "(" -> {
        Expression value = expression();
        if (reader.sign(")")) {
          return value;
        }
        items.add(value);
        while (reader.sign(",") && !reader.peek().is(Kind.SIGN, ")")) {
          items.add(expression());
        }
        reader.close(")");
        return new ListOf(items);
      }
      case "[" -> {
        while (!reader.peek().is(Kind.SIGN, "]")) {
          items.add(expression());
          if (!reader.sign(",")) {
            break;
          }
        }
        reader.close("]");
        return new ListOf(items);
      }
      case "{" -> {
        List<Expression> keys = new ArrayList<>();
        while (!reader.peek().is(Kind.SIGN, "}")) {
          keys.add(expression());
          reader.close(":");
          items.add(expression());
          if (!reader.sign(",")) {
            break;
          }
        }
        reader.close("}");
        return new MapOf(keys, items);
      }
      default -> {
        reader.skip(-1);
        throw reader.unexpected();
      }
    }
  }
}
