package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "*.java a/b/C.java true",
        "*.java C.javac false",
        "*.java java false",
        "a/*.java a/C.java true",
        "a/*.java a/b/C.java false",
        "a/**/*.java a/C.java true",
        "a/**/*.java a/b/c/D.java true",
        "**/test/** x/test/y.txt true",
        "*.{md,txt} a.md true",
        "*.{md,txt} a.rst false",
        "a?c abc true",
        "[a-c]x bx true",
        "[!a-c]x bx false",
        "a+(b).txt a+(b).txt true"
      })
  void matchesAsShellsDo(String glob, String path, boolean expected) {
    assertEquals(expected, new Glob(List.of(glob)).matches(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{a", "a}", "[a", "[z-a]", "[&&x]"})
  void saysWhichPatternIsWrong(String glob) {
    DataException e = assertThrows(DataException.class, () -> new Glob(List.of(glob)));
    assertTrue(e.getMessage().startsWith("include (" + glob + ") must be"), e.getMessage());
  }
}
