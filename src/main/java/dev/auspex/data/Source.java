package dev.auspex.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// A folder, archive or file that text comes from, and under which licence.
///
/// @param name unique among the sources of a dataset
/// @param path where it is
/// @param licence an SPDX expression, `NOASSERTION` where unknown
/// @param origin where it came from: an address or the path as given
public record Source(String name, Path path, String licence, String origin) {
  /// SPDX's word for a licence nobody stated.
  public static final String UNKNOWN_LICENCE = "NOASSERTION";

  private static final Pattern SPDX =
      Pattern.compile("\\(*[A-Za-z0-9.+:-]+\\)*( (AND|OR|WITH) \\(*[A-Za-z0-9.+:-]+\\)*)*");

  /// Checks the licence.
  public Source {
    if (!SPDX.matcher(licence).matches() || count(licence, '(') != count(licence, ')')) {
      throw new DataException(
          "licence (%s) must be an SPDX expression such as Apache-2.0 or LicenseRef-mine"
              .formatted(licence));
    }
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(c -> c == wanted).count();
  }

  /// Sources of these paths, named after their last part.
  ///
  /// @param licences none, one for all, or one a path
  public static List<Source> of(List<Path> paths, List<String> licences) {
    if (licences.size() > 1 && licences.size() != paths.size()) {
      throw new DataException(
          "licence (%d given) must be given once, or once a source (%d)"
              .formatted(licences.size(), paths.size()));
    }
    List<Source> sources = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < paths.size(); i++) {
      Path path = paths.get(i);
      String licence =
          licences.isEmpty() ? UNKNOWN_LICENCE : licences.get(licences.size() == 1 ? 0 : i);
      sources.add(new Source(uniqueName(path, names), path, licence, path.toString()));
    }
    return List.copyOf(sources);
  }

  private static String uniqueName(Path path, Set<String> names) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    String base = last == null ? "root" : last.toString();
    String name = base;
    for (int n = 2; !names.add(name); n++) {
      name = base + "-" + n;
    }
    return name;
  }

  /// Fails unless the path exists and can be read.
  public void requireReadable() {
    if (!Files.exists(path)) {
      throw new DataException(
          "source (%s) must exist; check the path as seen from this folder".formatted(path));
    }
    if (!Files.isReadable(path) || (Files.isDirectory(path) && !Files.isExecutable(path))) {
      throw new DataException(
          "source (%s) must be readable; check its permissions".formatted(path));
    }
    if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      throw new DataException(
          "source (%s) must be a folder or a regular file; copy its content to one"
              .formatted(path));
    }
  }
}
