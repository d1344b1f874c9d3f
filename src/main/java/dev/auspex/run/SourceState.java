package dev.auspex.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which version of the source a run was made with, as git tells it.
///
/// @param commit the commit's hash, or `unknown` outside a git checkout
/// @param dirty whether tracked or new files differed from that commit
public record SourceState(String commit, boolean dirty) {
  private static final SourceState UNKNOWN = new SourceState("unknown", false);

  /// The checkout that `path` lies in, if it lies in one and git is installed.
  public static SourceState of(Path path) {
    return git(path, "rev-parse", "HEAD")
        .map(String::strip)
        .map(
            commit ->
                new SourceState(
                    commit,
                    git(path, "status", "--porcelain").map(s -> !s.isBlank()).orElse(false)))
        .orElse(UNKNOWN);
  }

  private static Optional<String> git(Path folder, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("git", "--no-optional-locks", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    return Commands.output(command);
  }
}
