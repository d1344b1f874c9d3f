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

/// Tokens to statements and expressions, by recursive descent.
final class TemplateParser {
  private static final int DEEPEST = 100;

  /// Binary signs, the loosest first.
  private static final List<List<String>> LEVELS =
      List.of(
          List.of("or"),
          List.of("and"),
          List.of("==", "!=", "<", ">", "<=", ">=", "in", "not in"),
          List.of("+", "-", "~"),
          List.of("*", "/", "//", "%"));

  private static final int COMPARISONS = 2;

  private final List<Token> tokens;
  private int at;
  private int depth;

  private TemplateParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  static List<Statement> parse(String source) {
    TemplateParser parser = new TemplateParser(TemplateLexer.tokens(source));
    List<Statement> body = parser.body();
    if (parser.peek().kind() != Kind.END) {
      throw parser.unexpected();
    }
    return body;
  }

  /// Statements up to a block that ends or divides them, which is not read.
  private List<Statement> body() {
    List<Statement> statements = new ArrayList<>();
    deeper();
    while (peek().kind() != Kind.END) {
      Token token = peek();
      if (token.kind() == Kind.BLOCK_BEGIN) {
        String word = tokens.get(at + 1).text();
        if (word.startsWith("end") || word.equals("else") || word.equals("elif")) {
          break;
        }
        at++;
        statements.addAll(block());
      } else if (token.kind() == Kind.PRINT_BEGIN) {
        at++;
        statements.add(new Statement.Print(expression()));
        take(Kind.PRINT_END);
      } else {
        statements.add(new Statement.Text(take(Kind.TEXT)));
      }
    }
    depth--;
    return statements;
  }

  private List<Statement> block() {
    String word = take(Kind.NAME);
    return switch (word) {
      case "if" -> List.of(ifBlock());
      case "for" -> List.of(forBlock());
      case "set" -> List.of(set());
      case "generation" -> { // marks what the assistant says; Transformers ignores it too
        take(Kind.BLOCK_END);
        List<Statement> body = body();
        end("endgeneration");
        yield body;
      }
      default ->
          throw new ChatTemplateException(
              "the chat template has {%% %s %%}, which is not supported".formatted(word));
    };
  }

  private Statement ifBlock() {
    List<Statement.Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    do {
      Expression condition = expression();
      take(Kind.BLOCK_END);
      branches.add(new Statement.Branch(condition, body()));
    } while (divides("elif"));
    if (divides("else")) {
      take(Kind.BLOCK_END);
      otherwise = body();
    }
    end("endif");
    return new Statement.If(branches, otherwise);
  }

  private Statement forBlock() {
    List<String> names = new ArrayList<>();
    do {
      names.add(take(Kind.NAME));
    } while (sign(","));
    word("in");
    Expression items = level(0);
    Expression condition = new Literal(true);
    if (keyword("if")) {
      condition = expression();
    }
    take(Kind.BLOCK_END);
    List<Statement> body = body();
    List<Statement> otherwise = List.of();
    if (divides("else")) {
      take(Kind.BLOCK_END);
      otherwise = body();
    }
    end("endfor");
    return new Statement.For(names, items, condition, body, otherwise);
  }

  private Statement set() {
    Expression target = postfix();
    if (!(target instanceof Variable || target instanceof Member) || !sign("=")) {
      throw unexpected();
    }
    Expression value = expression();
    take(Kind.BLOCK_END);
    return new Statement.Set(target, value);
  }

  /// Whether the next block is `word`; then it is read up to and with the word.
  private boolean divides(String word) {
    if (peek().kind() == Kind.BLOCK_BEGIN && tokens.get(at + 1).is(Kind.NAME, word)) {
      at += 2;
      return true;
    }
    return false;
  }

  private void end(String word) {
    if (!divides(word)) {
      throw new ChatTemplateException("the chat template must have {%% %s %%}".formatted(word));
    }
    take(Kind.BLOCK_END);
  }

  private Expression expression() {
    deeper();
    Expression value = level(0);
    if (keyword("if")) {
      Expression condition = level(0);
      value =
          new Choice(
              condition, value, keyword("else") ? expression() : new Literal(Missing.UNDEFINED));
    }
    depth--;
    return value;
  }

  private Expression level(int level) {
    if (level == LEVELS.size()) {
      return unary();
    }
    boolean negated = level == COMPARISONS && keyword("not");
    if (negated) {
      deeper();
      Expression operand = new Unary("not", level(level));
      depth--;
      return operand;
    }
    Expression left = level(level + 1);
    for (String found = signOf(level); found != null; found = signOf(level)) {
      left = new Binary(found, left, level(level + 1));
    }
    return left;
  }

  private @Nullable String signOf(int level) {
    Token token = peek();
    String text = token.text();
    if (level == COMPARISONS
        && token.is(Kind.NAME, "not")
        && tokens.get(at + 1).is(Kind.NAME, "in")) {
      at += 2;
      return "not in";
    }
    boolean named = token.kind() == Kind.NAME && Character.isLetter(text.charAt(0));
    if ((named || token.kind() == Kind.SIGN) && LEVELS.get(level).contains(text)) {
      at++;
      return text;
    }
    return null;
  }

  private Expression unary() {
    if (sign("-")) {
      deeper();
      Expression operand = new Unary("-", unary());
      depth--;
      return operand;
    }
    Expression value = postfix();
    while (true) {
      if (sign("|")) {
        String name = take(Kind.NAME);
        value = new Filter(name, value, sign("(") ? arguments(new LinkedHashMap<>()) : List.of());
      } else if (keyword("is")) {
        boolean negated = keyword("not");
        value = new Test(take(Kind.NAME), value, negated);
      } else {
        return value;
      }
    }
  }

  private Expression postfix() {
    Expression value = primary();
    while (true) {
      if (sign(".")) {
        value = new Member(value, new Literal(take(Kind.NAME)));
      } else if (sign("[")) {
        value = subscript(value);
      } else if (sign("(")) {
        Map<String, Expression> named = new LinkedHashMap<>();
        List<Expression> arguments = arguments(named);
        value = new Call(value, arguments, named);
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression target) {
    Expression from = peek().is(Kind.SIGN, ":") ? null : expression();
    if (!sign(":")) {
      close("]");
      return new Member(target, from == null ? new Literal(Missing.NONE) : from);
    }
    boolean open = peek().is(Kind.SIGN, "]") || peek().is(Kind.SIGN, ":");
    Expression to = open ? null : expression();
    int step = 1;
    if (sign(":") && !peek().is(Kind.SIGN, "]")) {
      step = sign("-") ? -1 : 1;
      if (!take(Kind.NUMBER).equals("1")) {
        throw new ChatTemplateException("the chat template may slice in steps of 1 or -1 only");
      }
    }
    close("]");
    return new Slice(target, from, to, step);
  }

  /// The arguments after an opening bracket; those with a name go into `named`.
  private List<Expression> arguments(Map<String, Expression> named) {
    List<Expression> arguments = new ArrayList<>();
    while (!sign(")")) {
      if (peek().kind() == Kind.NAME && tokens.get(at + 1).is(Kind.SIGN, "=")) {
        String name = take(Kind.NAME);
        at++;
        named.put(name, expression());
      } else {
        arguments.add(expression());
      }
      if (!sign(",") && !peek().is(Kind.SIGN, ")")) {
        throw unexpected();
      }
    }
    return arguments;
  }

  private Expression primary() {
    Token token = peek();
    at++;
    return switch (token.kind()) {
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Kind.STRING) {
          text.append(take(Kind.STRING)); // neighbours are one string, as in Python
        }
        yield new Literal(text.toString());
      }
      case NUMBER -> number(token.text());
      case NAME -> named(token.text());
      case SIGN -> bracketed(token.text());
      case TEXT, PRINT_BEGIN, PRINT_END, BLOCK_BEGIN, BLOCK_END, END -> {
        at--;
        throw unexpected();
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
        if (sign(")")) {
          return value;
        }
        items.add(value);
        while (sign(",") && !peek().is(Kind.SIGN, ")")) {
          items.add(expression());
        }
        close(")");
        return new ListOf(items);
      }
      case "[" -> {
        while (!peek().is(Kind.SIGN, "]")) {
          items.add(expression());
          if (!sign(",")) {
            break;
          }
        }
        close("]");
        return new ListOf(items);
      }
      case "{" -> {
        List<Expression> keys = new ArrayList<>();
        while (!peek().is(Kind.SIGN, "}")) {
          keys.add(expression());
          close(":");
          items.add(expression());
          if (!sign(",")) {
            break;
          }
        }
        close("}");
        return new MapOf(keys, items);
      }
      default -> {
        at--;
        throw unexpected();
      }
    }
  }

  private Token peek() {
    return tokens.get(at);
  }

  private String take(Kind kind) {
    if (peek().kind() != kind) {
      throw unexpected();
    }
    return tokens.get(at++).text();
  }

  private boolean sign(String sign) {
    boolean there = peek().is(Kind.SIGN, sign);
    at += there ? 1 : 0;
    return there;
  }

  private boolean keyword(String word) {
    boolean there = peek().is(Kind.NAME, word);
    at += there ? 1 : 0;
    return there;
  }

  private void close(String sign) {
    if (!sign(sign)) {
      throw unexpected();
    }
  }

  private void word(String word) {
    if (!keyword(word)) {
      throw unexpected();
    }
  }

  private void deeper() {
    if (++depth > DEEPEST) {
      throw new ChatTemplateException("the chat template must be less deeply nested");
    }
  }

  private ChatTemplateException unexpected() {
    Token token = peek();
    return new ChatTemplateException(
        "the chat template has '%s' (%s) where it is not understood"
            .formatted(token.text(), token.kind().name().toLowerCase(java.util.Locale.ROOT)));
  }
}
