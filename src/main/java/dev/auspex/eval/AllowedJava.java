package dev.auspex.eval;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether a parsed source is the sandbox's frame around an expression of the small language:
/// literals, operators without assignment, parentheses, `?:`, and calls of listed methods.
///
/// The list names what is allowed; all else is refused, whatever it would do.
final class AllowedJava extends TreeScanner<Boolean, Void> {
  private static final Set<String> CLASSES = Set.of("Math", "Integer", "String");
  private static final Set<String> METHODS =
      Set.of(
          "length",
          "charAt",
          "indexOf",
          "lastIndexOf",
          "substring",
          "concat",
          "repeat",
          "replace",
          "contains",
          "startsWith",
          "endsWith",
          "equals",
          "isEmpty",
          "trim",
          "toUpperCase",
          "toLowerCase",
          "valueOf",
          "abs",
          "max",
          "min",
          "bitCount",
          "parseInt");

  private AllowedJava() {}

  /// @param unit a source that parsed without errors
  static boolean allows(CompilationUnitTree unit) {
    if (!unit.getImports().isEmpty()
        || unit.getTypeDecls().size() != 1
        || !(unit.getTypeDecls().getFirst() instanceof ClassTree frame)
        || frame.getMembers().size() != 1
        || !(frame.getMembers().getFirst() instanceof MethodTree method)
        || method.getBody().getStatements().size() != 1
        || !(method.getBody().getStatements().getFirst() instanceof ReturnTree statement)) {
      return false;
    }
    ExpressionTree expression = statement.getExpression();
    return expression != null && new AllowedJava().scan(expression, null);
  }

  @Override
  public Boolean scan(@Nullable Tree tree, Void none) {
    if (tree == null) {
      return true;
    }
    return switch (tree.getKind()) {
      case INT_LITERAL,
          LONG_LITERAL,
          DOUBLE_LITERAL,
          FLOAT_LITERAL,
          BOOLEAN_LITERAL,
          CHAR_LITERAL,
          STRING_LITERAL ->
          true;
      case PARENTHESIZED,
          CONDITIONAL_EXPRESSION,
          PLUS,
          MINUS,
          MULTIPLY,
          DIVIDE,
          REMAINDER,
          UNARY_PLUS,
          UNARY_MINUS,
          BITWISE_COMPLEMENT,
          LOGICAL_COMPLEMENT,
          LEFT_SHIFT,
          RIGHT_SHIFT,
          UNSIGNED_RIGHT_SHIFT,
          AND,
          OR,
          XOR,
          CONDITIONAL_AND,
          CONDITIONAL_OR,
          LESS_THAN,
          GREATER_THAN,
          LESS_THAN_EQUAL,
          GREATER_THAN_EQUAL,
          EQUAL_TO,
          NOT_EQUAL_TO ->
          tree.accept(this, none);
      case METHOD_INVOCATION -> call((MethodInvocationTree) tree);
      default -> false;
    };
  }

  @Override
  public Boolean reduce(@Nullable Boolean a, @Nullable Boolean b) {
    return !Boolean.FALSE.equals(a) && !Boolean.FALSE.equals(b);
  }

  private boolean call(MethodInvocationTree call) {
    if (!call.getTypeArguments().isEmpty()
        || !(call.getMethodSelect() instanceof MemberSelectTree select)
        || !METHODS.contains(select.getIdentifier().toString())) {
      return false;
    }
    boolean onClass =
        select.getExpression() instanceof IdentifierTree owner
            && CLASSES.contains(owner.getName().toString());
    return (onClass || scan(select.getExpression(), null))
        && call.getArguments().stream().allMatch(argument -> scan(argument, null));
  }
}
