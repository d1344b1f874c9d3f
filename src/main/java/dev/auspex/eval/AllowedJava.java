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
import java.util.EnumSet;
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

  private static final Set<Tree.Kind> LITERALS =
      EnumSet.of(
          Tree.Kind.INT_LITERAL,
          Tree.Kind.LONG_LITERAL,
          Tree.Kind.DOUBLE_LITERAL,
          Tree.Kind.FLOAT_LITERAL,
          Tree.Kind.BOOLEAN_LITERAL,
          Tree.Kind.CHAR_LITERAL,
          Tree.Kind.STRING_LITERAL);

  private static final Set<Tree.Kind> OPERATORS =
      EnumSet.of(
          Tree.Kind.PARENTHESIZED,
          Tree.Kind.CONDITIONAL_EXPRESSION,
          Tree.Kind.PLUS,
          Tree.Kind.MINUS,
          Tree.Kind.MULTIPLY,
          Tree.Kind.DIVIDE,
          Tree.Kind.REMAINDER,
          Tree.Kind.UNARY_PLUS,
          Tree.Kind.UNARY_MINUS,
          Tree.Kind.BITWISE_COMPLEMENT,
          Tree.Kind.LOGICAL_COMPLEMENT,
          Tree.Kind.LEFT_SHIFT,
          Tree.Kind.RIGHT_SHIFT,
          Tree.Kind.UNSIGNED_RIGHT_SHIFT,
          Tree.Kind.AND,
          Tree.Kind.OR,
          Tree.Kind.XOR,
          Tree.Kind.CONDITIONAL_AND,
          Tree.Kind.CONDITIONAL_OR,
          Tree.Kind.LESS_THAN,
          Tree.Kind.GREATER_THAN,
          Tree.Kind.LESS_THAN_EQUAL,
          Tree.Kind.GREATER_THAN_EQUAL,
          Tree.Kind.EQUAL_TO,
          Tree.Kind.NOT_EQUAL_TO);

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
    Tree.Kind kind = tree.getKind();
    if (kind == Tree.Kind.METHOD_INVOCATION) {
      return call((MethodInvocationTree) tree);
    }
    return LITERALS.contains(kind) || (OPERATORS.contains(kind) && tree.accept(this, none));
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
