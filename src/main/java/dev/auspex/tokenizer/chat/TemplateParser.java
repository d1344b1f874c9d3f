package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Expression.Literal;
import dev.auspex.tokenizer.chat.Expression.Member;
import dev.auspex.tokenizer.chat.Expression.Variable;
import dev.auspex.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Tokens to statements, by recursive descent.
final class TemplateParser {
  private final TokenReader reader;
  private final ExpressionParser expressions;

  private TemplateParser(TokenReader reader) {
    this.reader = reader;
    this.expressions = new ExpressionParser(reader);
  }

  static List<Statement> parse(String source) {
    TemplateParser parser = new TemplateParser(new TokenReader(TemplateLexer.tokens(source)));
    List<Statement> body = parser.body();
    if (parser.reader.peek().kind() != Kind.END) {
      throw parser.reader.unexpected();
    }
    return body;
  }

  /// Statements up to a block that ends or divides them, which is not read.
  private List<Statement> body() {
    List<Statement> statements = new ArrayList<>();
    reader.deeper();
    while (reader.peek().kind() != Kind.END) {
      Token token = reader.peek();
      if (token.kind() == Kind.BLOCK_BEGIN) {
        String word = reader.second().text();
        if (word.startsWith("end") || word.equals("else") || word.equals("elif")) {
          break;
        }
        reader.skip(1);
        statements.addAll(block());
      } else if (token.kind() == Kind.PRINT_BEGIN) {
        reader.skip(1);
        statements.add(new Statement.Print(expressions.expression()));
        reader.take(Kind.PRINT_END);
      } else {
        statements.add(new Statement.Text(reader.take(Kind.TEXT)));
      }
    }
    reader.shallower();
    return statements;
  }

  private List<Statement> block() {
    String word = reader.take(Kind.NAME);
    return switch (word) {
      case "if" -> List.of(ifBlock());
      case "for" -> List.of(forBlock());
      case "set" -> List.of(set());
      case "generation" -> { // marks what the assistant says; Transformers ignores it too
        reader.take(Kind.BLOCK_END);
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
      Expression condition = expressions.expression();
      reader.take(Kind.BLOCK_END);
      branches.add(new Statement.Branch(condition, body()));
    } while (divides("elif"));
    if (divides("else")) {
      reader.take(Kind.BLOCK_END);
      otherwise = body();
    }
    end("endif");
    return new Statement.If(branches, otherwise);
  }

  private Statement forBlock() {
    List<String> names = new ArrayList<>();
    do {
      names.add(reader.take(Kind.NAME));
    } while (reader.sign(","));
    if (!reader.keyword("in")) {
      throw reader.unexpected();
    }
    Expression items = expressions.simple();
    Expression condition = new Literal(true);
    if (reader.keyword("if")) {
      condition = expressions.expression();
    }
    reader.take(Kind.BLOCK_END);
    List<Statement> body = body();
    List<Statement> otherwise = List.of();
    if (divides("else")) {
      reader.take(Kind.BLOCK_END);
      otherwise = body();
    }
    end("endfor");
    return new Statement.For(names, items, condition, body, otherwise);
  }

  private Statement set() {
    Expression target = expressions.postfix();
    if (!(target instanceof Variable || target instanceof Member) || !reader.sign("=")) {
      throw reader.unexpected();
    }
    Expression value = expressions.expression();
    reader.take(Kind.BLOCK_END);
    return new Statement.Set(target, value);
  }

  /// Whether the next block is `word`; then it is read up to and with the word.
  private boolean divides(String word) {
    if (reader.peek().kind() == Kind.BLOCK_BEGIN && reader.second().is(Kind.NAME, word)) {
      reader.skip(2);
      return true;
    }
    return false;
  }

  private void end(String word) {
    if (!divides(word)) {
      throw new ChatTemplateException("the chat template must have {%% %s %%}".formatted(word));
    }
    reader.take(Kind.BLOCK_END);
  }
}
