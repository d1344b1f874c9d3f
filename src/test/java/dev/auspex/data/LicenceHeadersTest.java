package dev.auspex.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LicenceHeadersTest {
  private static String strip(String path, String text) {
    return new String(LicenceHeaders.strip(path, Samples.utf8(text)), StandardCharsets.UTF_8);
  }

  @Test
  void aBlockCommentWithALicenceGoes() {
    assertEquals(
        "package a;\n", strip("A.java", "/*\n * Copyright (c) 2020 X\n */\n\n\npackage a;\n"));
  }

  @Test
  void severalNoticesGoAndOtherCommentsStay() {
    String text =
        "/* DO NOT EDIT: generated. */\n// Licensed under X\n// and Y\n\n/* (c) 2011 Z */\nint a;\n";
    assertEquals("/* DO NOT EDIT: generated. */\nint a;\n", strip("a.c", text));
  }

  @Test
  void aCommentBehindCodeStaysWhateverItSays() {
    String text = "package a;\n\n/** Prints the licence. */\nclass License {}\n";
    assertEquals(text, strip("License.java", text));
  }

  @Test
  void theFirstLineOfScriptsStays() {
    assertEquals(
        "#!/bin/sh\nls\n",
        strip("a.sh", "#!/bin/sh\n# Copyright 2020 X\n#\n# MIT license\n\nls\n"));
  }

  @Test
  void theXmlDeclarationStays() {
    assertEquals(
        "<?xml version=\"1.0\"?>\n<a/>\n",
        strip("a.xml", "<?xml version=\"1.0\"?>\n<!-- Copyright X -->\n<a/>\n"));
  }

  @Test
  void indentOfTheFirstCodeLineStays() {
    assertEquals("  int a;", strip("a.h", "// SPDX-License-Identifier: MIT\n  int a;"));
  }

  @Test
  void textFilesAndUnclosedCommentsStay() {
    assertEquals("// copyright\n", strip("a.txt", "// copyright\n"));
    assertEquals("/* copyright", strip("a.java", "/* copyright"));
    assertEquals("", strip("a.java", ""));
    assertEquals("", strip("a.java", "// copyright"));
  }
}
