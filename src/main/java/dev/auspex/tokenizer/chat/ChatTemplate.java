package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Expression.Missing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A chat template: Jinja source that lays out a conversation as text.
///
/// Knows text, `if`, `for`, `set`, the usual operators, filters, tests and methods of strings; not
/// macros, includes or inheritance. Immutable; safe to use from several threads.
public final class ChatTemplate {
  private static final int MOST_CHARACTERS = 1 << 24;
  private static final int MOST_STATEMENTS = 1 << 22;

  private final List<Statement> body;

  private ChatTemplate(List<Statement> body) {
    this.body = body;
  }

  /// Reads a template.
  ///
  /// @throws ChatTemplateException when it is broken or uses what is not supported
  public static ChatTemplate parse(String source) {
    return new ChatTemplate(TemplateParser.parse(source));
  }

  /// Fills it in.
  ///
  /// @param variables strings, numbers, truth values, lists of them and maps by name
  /// @throws ChatTemplateException when the template refuses them, or writes without end
  public String render(Map<String, ?> variables) {
    Rendering rendering = new Rendering();
    Map<String, Object> globals = new LinkedHashMap<>(variables);
    rendering.run(body, new Scope(globals, null));
    return rendering.out.toString();
  }

  /// Names and values; those of the surrounding scope are seen but not changed.
  record Scope(Map<String, Object> values, @org.jspecify.annotations.Nullable Scope outer) {
    Object get(String name) {
      Object value = values.get(name);
      if (value != null) {
        return value;
      }
      return outer == null ? Missing.UNDEFINED : outer.get(name);
    }

    Scope inner() {
      return new Scope(new LinkedHashMap<>(), this);
    }
  }

  /// One filling-in.
  private static final class Rendering {
    private final StringBuilder out = new StringBuilder();
    private int statements;

    void run(List<Statement> body, Scope scope) {
      for (Statement statement : body) {
        if (++statements > MOST_STATEMENTS || out.length() > MOST_CHARACTERS) {
          throw new ChatTemplateException("the chat template must come to an end");
        }
        switch (statement) {
          case Statement.Text(String text) -> out.append(text);
          case Statement.Print(Expression value) ->
              out.append(Values.text(Evaluator.value(value, scope)));
          case Statement.If choice -> run(chosen(choice, scope), scope);
          case Statement.For loop -> loop(loop, scope);
          case Statement.Set(Expression target, Expression value) ->
              set(target, Evaluator.value(value, scope), scope);
        }
      }
    }

    private static List<Statement> chosen(Statement.If choice, Scope scope) {
      for (Statement.Branch branch : choice.branches()) {
        if (Values.truth(Evaluator.value(branch.condition(), scope))) {
          return branch.body();
        }
      }
      return choice.otherwise();
    }

    private void loop(Statement.For loop, Scope scope) {
      List<Scope> rounds = new ArrayList<>();
      for (Object item : Values.items(Evaluator.value(loop.items(), scope))) {
        Scope round = scope.inner();
        bind(loop.names(), item, round);
        if (Values.truth(Evaluator.value(loop.condition(), round))) {
          rounds.add(round);
        }
      }
      for (int i = 0; i < rounds.size(); i++) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("index", i + 1L);
        told.put("index0", (long) i);
        told.put("first", i == 0);
        told.put("last", i == rounds.size() - 1);
        told.put("length", (long) rounds.size());
        rounds.get(i).values().put("loop", told);
        run(loop.body(), rounds.get(i));
      }
      if (rounds.isEmpty()) {
        run(loop.otherwise(), scope);
      }
    }

    private static void bind(List<String> names, Object item, Scope round) {
      if (names.size() == 1) {
        round.values().put(names.getFirst(), item);
        return;
      }
      List<?> parts = Values.items(item);
      if (parts.size() != names.size()) {
        throw new ChatTemplateException("the chat template must unpack as many as there are");
      }
      for (int i = 0; i < names.size(); i++) {
        round.values().put(names.get(i), parts.get(i));
      }
    }

    @SuppressWarnings("unchecked")
    private static void set(Expression target, Object value, Scope scope) {
      switch (target) {
        case Expression.Variable(String name) -> scope.values().put(name, value);
        case Expression.Member(Expression owner, Expression key)
            when Evaluator.value(owner, scope) instanceof Evaluator.Namespace space ->
            space.values().put(Values.text(Evaluator.value(key, scope)), value);
        default ->
            throw new ChatTemplateException("the chat template may set names and namespaces only");
      }
    }
  }
}
