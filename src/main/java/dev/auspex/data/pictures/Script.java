package dev.auspex.data.pictures;

import dev.auspex.config.ConfigException;
import java.awt.Font;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Scripts that words are drawn in: those whose letters stand alone, each with one form. Arabic,
/// whose letters join, and scripts with signs above or below are not among them.
public enum Script {
  LATIN("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 6),
  GREEK("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", 6),
  CYRILLIC("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ", 6),
  DIGITS("0123456789", 6),
  /// Drawn from right to left; without final forms.
  HEBREW("אבגדהוזחטיכלמנסעפצקרשת", 6),
  ARMENIAN("ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ", 6),
  GEORGIAN("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", 6),
  HIRAGANA("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん", 4),
  KATAKANA("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン", 4);

  /// Letters that look like one of another script, each before the other.
  private static final String TWINS =
      "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX "
          + "АA ВB СC ЕE НH КK МM ОO РP ТT ХX УY ГΓ ПΠ ФΦ З3 "
          + "0O 1I ՕO ՍU ՏS ԼL ՓΦ ヘへ リり ";

  private final String letters;
  private final int wordLength;

  Script(String letters, int wordLength) {
    this.letters = letters;
    this.wordLength = wordLength;
  }

  /// All letters that words are made of.
  String letters() {
    return letters;
  }

  /// Letters of a word: what is wide gets fewer.
  int wordLength() {
    return wordLength;
  }

  /// As it is written in lists of scripts.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether each letter of a word of any script looks like one of this script.
  boolean couldSpell(String word) {
    String own = lookOf(letters);
    return lookOf(word).chars().allMatch(c -> own.indexOf(c) >= 0);
  }

  private static String lookOf(String text) {
    return text.chars()
        .map(c -> TWINS.indexOf(c) % 3 == 0 ? TWINS.charAt(TWINS.indexOf(c) + 1) : c)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  /// The scripts of these names, in the order of this type.
  public static List<Script> of(List<String> labels) {
    EnumSet<Script> scripts = EnumSet.noneOf(Script.class);
    for (String label : labels) {
      Script script =
          Arrays.stream(values())
              .filter(known -> known.label().equals(label.strip()))
              .findAny()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "--scripts (%s) must be among %s"
                              .formatted(
                                  label,
                                  Arrays.stream(values())
                                      .map(Script::label)
                                      .collect(Collectors.joining(", ")))));
      if (!scripts.add(script)) {
        throw new ConfigException("--scripts (" + label + ") must name each script once");
      }
    }
    return List.copyOf(scripts);
  }

  /// Fails where a font lacks a letter.
  void requireDrawable(Font font) {
    int missing = font.canDisplayUpTo(letters);
    if (missing >= 0) {
      throw new ConfigException(
          "--scripts (%s) must have letters in this machine's font %s, which cannot draw %c;"
                  .formatted(label(), font.getFontName(Locale.ROOT), letters.charAt(missing))
              + " install a font with this script or leave it out");
    }
  }
}
