package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.ChatTemplate.Scope;
import dev.auspex.tokenizer.chat.Expression.Missing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// The values of expressions.
final class Evaluator {
  private static final int LONGEST_RANGE = 100_000;
  private static final int LONGEST_TEXT = 1 << 24;

  private final Scope scope;

  /// What `namespace()` makes: the only thing whose members can be set.
  record Namespace(Map<String, Object> values) {}

  private Evaluator(Scope scope) {
    this.scope = scope;
  }

  static Object value(Expression expression, Scope scope) {
    return new Evaluator(scope).of(expression);
  }

  private Object of(Expression expression) {
    return switch (expression) {
      case Expression.Literal(Object value) -> value;
      case Expression.Variable(String name) -> scope.get(name);
      case Expression.ListOf(List<Expression> items) -> items.stream().map(this::of).toList();
      case Expression.MapOf map -> map(map);
      case Expression.Member(Expression target, Expression key) -> member(of(target), of(key));
      case Expression.Slice slice -> slice(slice);
      case Expression.Call call -> call(call);
      case Expression.Filter(String name, Expression input, List<Expression> arguments) ->
          Functions.filter(name, of(input), arguments.stream().map(this::of).toList());
      case Expression.Test(String name, Expression input, boolean negated) ->
          negated != Functions.test(name, of(input));
      case Expression.Unary(String sign, Expression operand) ->
          sign.equals("not") ? (Object) !Values.truth(of(operand)) : negative(of(operand));
      case Expression.Binary(String sign, Expression left, Expression right) ->
          binary(sign, left, right);
      case Expression.Choice(Expression condition, Expression yes, Expression no) ->
          of(Values.truth(of(condition)) ? yes : no);
    };
  }

  private Map<String, Object> map(Expression.MapOf map) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < map.keys().size(); i++) {
      values.put(Values.text(of(map.keys().get(i))), of(map.values().get(i)));
    }
    return values;
  }

  private static Object negative(Object value) {
    return value instanceof Long number ? (Object) (-number) : (Object) (-Values.number(value));
  }

  private static Object member(Object target, Object key) {
    return switch (target) {
      case Map<?, ?> map -> orUndefined(map.get(Values.text(key)));
      case Namespace space -> orUndefined(space.values().get(Values.text(key)));
      case List<?> list when key instanceof Long number -> at(list, number);
      case String string when key instanceof Long number -> at(Values.items(string), number);
      case Missing _ ->
          throw new ChatTemplateException(
              "the chat template asks for " + Values.text(key) + " of what is not there");
      default -> Missing.UNDEFINED;
    };
  }

  private static Object orUndefined(@Nullable Object value) {
    return value == null ? Missing.UNDEFINED : value;
  }

  private static Object at(List<?> list, long index) {
    long place = index < 0 ? index + list.size() : index;
    return place >= 0 && place < list.size() ? list.get((int) place) : Missing.UNDEFINED;
  }

  private Object slice(Expression.Slice slice) {
    Object target = of(slice.target());
    List<?> items = Values.items(target);
    if (slice.step() < 0) {
      if (slice.from() != null || slice.to() != null) {
        throw new ChatTemplateException("the chat template may turn whole lists round only");
      }
      items = items.reversed();
    }
    int size = items.size();
    int from = bound(slice.from(), 0, size);
    int to = Math.max(from, bound(slice.to(), size, size));
    List<?> part = items.subList(from, to);
    return target instanceof String
        ? String.join("", part.stream().map(String.class::cast).toList())
        : part;
  }

  private int bound(@Nullable Expression bound, int usual, int size) {
    if (bound == null || of(bound) == Missing.NONE) {
      return usual;
    }
    int index = Values.index(of(bound));
    return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
  }

  private Object binary(String sign, Expression first, Expression second) {
    Object left = of(first);
    if (sign.equals("and")) {
      return Values.truth(left) ? of(second) : left;
    }
    if (sign.equals("or")) {
      return Values.truth(left) ? left : of(second);
    }
    Object right = of(second);
    return switch (sign) {
      case "==" -> same(left, right);
      case "!=" -> !same(left, right);
      case "in" -> contains(right, left);
      case "not in" -> !contains(right, left);
      case "<" -> compare(left, right) < 0;
      case ">" -> compare(left, right) > 0;
      case "<=" -> compare(left, right) <= 0;
      case ">=" -> compare(left, right) >= 0;
      case "~" -> joined(Values.text(left), Values.text(right));
      case "+" -> plus(left, right);
      default -> calculated(sign, left, right);
    };
  }

  private static boolean same(Object left, Object right) {
    boolean numbers = left instanceof Number && right instanceof Number;
    return numbers ? Values.number(left) == Values.number(right) : left.equals(right);
  }

  private static boolean contains(Object whole, Object part) {
    return switch (whole) {
      case String string when part instanceof String text -> string.contains(text);
      case Map<?, ?> map -> map.containsKey(Values.text(part));
      default -> Values.items(whole).stream().anyMatch(item -> same(item, part));
    };
  }

  private static int compare(Object left, Object right) {
    return left instanceof String a && right instanceof String b
        ? a.compareTo(b)
        : Double.compare(Values.number(left), Values.number(right));
  }

  private static String joined(String left, String right) {
    if ((long) left.length() + right.length() > LONGEST_TEXT) {
      throw new ChatTemplateException("the chat template must write less");
    }
    return left + right;
  }

  private static Object plus(Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      return joined(a, b);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      if (both.size() > LONGEST_RANGE) {
        throw new ChatTemplateException("the chat template must make shorter lists");
      }
      return both;
    }
    if (left instanceof String || right instanceof String) {
      throw new ChatTemplateException("the chat template must add text to text only");
    }
    return calculated("+", left, right);
  }

  private static Object calculated(String sign, Object left, Object right) {
    double a = Values.number(left);
    double b = Values.number(right);
    boolean whole = !(left instanceof Double || right instanceof Double) && !sign.equals("/");
    if (b == 0 && (sign.equals("/") || sign.equals("//") || sign.equals("%"))) {
      throw new ChatTemplateException("the chat template must not divide by zero");
    }
    double result =
        switch (sign) {
          case "+" -> a + b;
          case "-" -> a - b;
          case "*" -> a * b;
          case "/" -> a / b;
          case "//" -> Math.floor(a / b);
          case "%" -> a - b * Math.floor(a / b);
          default ->
              throw new ChatTemplateException("the chat template has " + sign + ", not supported");
        };
    return whole ? (Object) (long) result : (Object) result;
  }

  private Object call(Expression.Call call) {
    List<Object> arguments = call.arguments().stream().map(this::of).toList();
    if (call.target()
        instanceof Expression.Member(Expression owner, Expression.Literal(Object name))) {
      return Functions.method(of(owner), Values.text(name), arguments);
    }
    String name = call.target() instanceof Expression.Variable(String word) ? word : "";
    return switch (name) {
      case "namespace" -> {
        Map<String, Object> values = new LinkedHashMap<>();
        call.named().forEach((key, value) -> values.put(key, of(value)));
        yield new Namespace(values);
      }
      case "range" -> range(arguments);
      case "raise_exception" ->
          throw new ChatTemplateException(
              "the model's chat template refuses this conversation: "
                  + (arguments.isEmpty() ? "" : Values.text(arguments.getFirst())));
      default ->
          throw new ChatTemplateException(
              "the chat template calls '" + name + "', which is not supported");
    };
  }

  private static List<Object> range(List<Object> arguments) {
    if (arguments.isEmpty() || arguments.size() > 2) {
      throw new ChatTemplateException("the chat template must call range with one or two numbers");
    }
    long from = arguments.size() == 1 ? 0 : Values.index(arguments.getFirst());
    long to = Values.index(arguments.getLast());
    if (to - from > LONGEST_RANGE) {
      throw new ChatTemplateException("the chat template must loop less often");
    }
    return LongStream.range(from, to).<Object>mapToObj(i -> i).toList();
  }
}
