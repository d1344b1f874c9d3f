package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaSandboxTest {
  @TempDir Path folder;

  @Test
  void computesWhatTheLanguageHasAndRefusesAllElse() {
    Path file = folder.resolve("made");
    List<String> right =
        List.of("1+2*3", "7%4", "\"bad\".charAt(1)", "\"ab\"+3", "3<2", "Math.max(2,9)", "5>3?1:0");
    List<String> wrong =
        List.of(
            "1+", // does not parse
            "1+\"a\".length", // no such field
            "1/0", // throws
            "\"a\".repeat(2000000000)", // no memory
            "1); } static { System.exit(3); } static Object other() { return (2",
            "new java.io.File(\"" + file + "\").mkdir()",
            "java.nio.file.Files.createDirectory(java.nio.file.Path.of(\"" + file + "\"))",
            "Runtime.getRuntime().exec(\"touch " + file + "\")",
            "\"\".getClass().forName(\"java.lang.Runtime\")",
            "System.getenv()",
            "new Object() { int f() { while (true) {} } }.f()",
            "((java.util.function.Supplier<Object>) () -> { while (true) {} }).get()",
            "Thread.currentThread()",
            "\\u0053ystem.getProperty(\"user.home\")",
            "Integer.parseInt(null)",
            "x=1",
            "length()",
            "1".repeat(JavaSandbox.LONGEST + 1));
    List<String> all = new ArrayList<>(right);
    all.addAll(wrong);
    all.add("2+2"); // what comes after a bad one is still computed
    List<Optional<String>> values = JavaSandbox.usual().values(all);
    assertEquals(
        List.of("7", "3", "a", "ab3", "false", "9", "1"),
        values.subList(0, right.size()).stream().map(Optional::orElseThrow).toList());
    for (int i = 0; i < wrong.size(); i++) {
      assertEquals(Optional.empty(), values.get(right.size() + i), wrong.get(i));
    }
    assertEquals(Optional.of("4"), values.getLast());
    assertFalse(Files.exists(file));
  }

  @Test
  void nothingToRunNeedsNoChild() {
    assertEquals(List.of(), JavaSandbox.usual().values(List.of()));
  }
}
