package dev.auspex.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// An amount of bytes on the command line: `500`, `64K`, `30M`, `2G` (powers of 1,024).
///
/// @param bytes at least 0
record ByteSize(long bytes) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12})([KMG]?)(?:I?B)?");

  /// Reads one.
  static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String value) {
      Matcher form = FORM.matcher(value.toUpperCase(Locale.ROOT));
      if (!form.matches()) {
        throw new TypeConversionException(
            "'" + value + "' must be a number of bytes such as 500000, 64K, 30M or 2G");
      }
      int shift =
          switch (form.group(2)) {
            case "K" -> 10;
            case "M" -> 20;
            case "G" -> 30;
            default -> 0;
          };
      return new ByteSize(Long.parseLong(form.group(1)) << shift);
    }
  }
}
