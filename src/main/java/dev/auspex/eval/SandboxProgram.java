package dev.auspex.eval;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// The child of {@link JavaSandbox}: expressions in Base64 on standard input, one a line; then for
/// each a line `+` and the value in Base64, or `-`. Uses nothing but the JDK and
/// {@link AllowedJava}, so its class path holds this program's classes only.
final class SandboxProgram {
  private static final List<String> OPTIONS =
      List.of("-proc:none", "-nowarn", "-Xmaxerrs", "100000", "-implicit:none");
  private static final int LONGEST_VALUE = 1000;

  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final Classes classes = new Classes(compiler);
  private final List<Source> sources = new ArrayList<>();
  private final Set<URI> refused = new HashSet<>();

  private SandboxProgram(List<String> expressions) {
    for (int i = 0; i < expressions.size(); i++) {
      sources.add(new Source("E" + i, expressions.get(i)));
    }
  }

  static void main(String[] args) throws IOException {
    List<String> expressions = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        byte[] text = Base64.getDecoder().decode(line);
        expressions.add(new String(text, StandardCharsets.UTF_8));
      }
    }
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      new SandboxProgram(expressions).run(out);
    }
  }

  private void run(OutputStream out) throws IOException {
    if (!sources.isEmpty()) {
      parse();
      compile();
    }
    Loader loader = new Loader(classes.bytes);
    for (Source source : sources) {
      String line = refused.contains(source.toUri()) ? "-" : value(loader, source.name);
      out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  }

  private void parse() throws IOException {
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavacTask task = (JavacTask) compiler.getTask(null, classes, problems, OPTIONS, null, sources);
    Iterable<? extends CompilationUnitTree> units = task.parse();
    refuseFaulty(problems);
    for (CompilationUnitTree unit : units) {
      URI source = unit.getSourceFile().toUri();
      if (!refused.contains(source) && !AllowedJava.allows(unit)) {
        refused.add(source);
      }
    }
  }

  /// Compiles what is allowed, without those that have errors of type, until none has.
  private void compile() {
    boolean done = false;
    while (!done) {
      List<Source> rest =
          sources.stream().filter(source -> !refused.contains(source.toUri())).toList();
      DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
      classes.bytes.clear();
      done =
          rest.isEmpty()
              || compiler.getTask(null, classes, problems, OPTIONS, null, rest).call()
              || !refuseFaulty(problems);
    }
  }

  private boolean refuseFaulty(DiagnosticCollector<JavaFileObject> problems) {
    boolean any = false;
    for (Diagnostic<? extends JavaFileObject> problem : problems.getDiagnostics()) {
      if (problem.getKind() == Diagnostic.Kind.ERROR && problem.getSource() != null) {
        any |= refused.add(problem.getSource().toUri());
      }
    }
    return any;
  }

  private static String value(Loader loader, String name) {
    try {
      Object value = loader.loadClass(name).getDeclaredMethod("value").invoke(null);
      String text = String.valueOf(value);
      return text.length() > LONGEST_VALUE
          ? "-"
          : "+" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    } catch (ReflectiveOperationException | LinkageError | OutOfMemoryError _) {
      return "-"; // it threw: that is its answer
    }
  }

  /// The frame around one expression.
  private static final class Source extends SimpleJavaFileObject {
    private final String name;
    private final String expression;

    Source(String name, String expression) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.name = name;
      this.expression = expression;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return "public class "
          + name
          + " { public static Object value() { return (\n"
          + expression
          + "\n); } }";
    }
  }

  /// Keeps compiled classes in memory.
  private static final class Classes extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> bytes = new HashMap<>();

    Classes(JavaCompiler compiler) {
      super(compiler.getStandardFileManager(null, null, null));
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("mem:///" + name + ".class"), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          bytes.put(name, out);
          return out;
        }
      };
    }
  }

  /// Finds the compiled classes, and the JDK's own through its parent.
  private static final class Loader extends ClassLoader {
    private final Map<String, ByteArrayOutputStream> bytes;

    Loader(Map<String, ByteArrayOutputStream> bytes) {
      super(ClassLoader.getPlatformClassLoader());
      this.bytes = bytes;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      ByteArrayOutputStream found = bytes.get(name);
      if (found == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] code = found.toByteArray();
      return defineClass(name, code, 0, code.length);
    }
  }
}
