package dev.auspex.scaling;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.UserException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Checks a register for every later change we can see. Changes nothing.
final class RegisterCheck {
  private final ForecastRegister register;

  RegisterCheck(ForecastRegister register) {
    this.register = register;
  }

  Verification verify() {
    List<Verification.Problem> problems = new ArrayList<>();
    Set<String> seals = new HashSet<>();
    List<String> lines = register.lines();
    String previous = Sealed.GENESIS;
    Instant last = Instant.MIN;
    for (int i = 0; i < lines.size(); i++) {
      try {
        Sealed sealed = register.parse(lines.get(i), i + 1);
        seals.add(sealed.seal());
        for (String what : chain(sealed, previous, last)) {
          problems.add(new Verification.Problem(i + 1, sealed.run(), what));
        }
        for (String what : kept(sealed, register.runOf(sealed))) {
          problems.add(new Verification.Problem(i + 1, sealed.run(), what));
        }
        previous = sealed.seal();
        last = sealed.time();
      } catch (UserException e) {
        problems.add(new Verification.Problem(i + 1, "", String.valueOf(e.getMessage())));
      }
    }
    problems.addAll(strays(seals));
    return new Verification(lines.size(), problems);
  }

  /// What is wrong with one sealed forecast, the chain up to it included.
  List<String> problemsOf(Sealed sealed, RunFolder run) {
    List<String> problems = new ArrayList<>();
    String previous = Sealed.GENESIS;
    Instant last = Instant.MIN;
    List<String> lines = register.lines();
    for (int i = 0; i < lines.size(); i++) {
      Sealed entry;
      try {
        entry = register.parse(lines.get(i), i + 1);
        problems.addAll(chain(entry, previous, last));
        previous = entry.seal();
        last = entry.time();
      } catch (RegisterException e) {
        problems.add(String.valueOf(e.getMessage()));
        return problems;
      }
      if (entry.seal().equals(sealed.seal())) {
        problems.addAll(kept(entry, run));
        return problems;
      }
    }
    problems.add("its seal is not in the register");
    return problems;
  }

  private static List<String> chain(Sealed sealed, String previous, Instant last) {
    List<String> problems = new ArrayList<>();
    if (!sealed.previous().equals(previous)) {
      problems.add("does not follow the entry before it: one was removed, inserted or moved");
    }
    if (!sealed.expectedSeal().equals(sealed.seal())) {
      problems.add("its content does not match its seal: it was changed");
    }
    if (sealed.time().isBefore(last)) {
      problems.add("its time lies before that of the entry before it");
    }
    return problems;
  }

  /// What has become of the target and of what it was forecast from.
  private List<String> kept(Sealed sealed, RunFolder run) {
    List<String> problems = target(sealed, run);
    sealed
        .inputs()
        .forEach(
            (name, sha256) -> {
              Path file = register.folder().resolve(name);
              if (Files.isRegularFile(file) && !Hashes.sha256(file).equals(sha256)) {
                problems.add(name + " is not the file it was forecast from");
              }
            });
    return problems;
  }

  private static List<String> target(Sealed sealed, RunFolder run) {
    List<String> problems = new ArrayList<>();
    if (!Files.isDirectory(run.path())) {
      return problems;
    }
    if (!Files.isRegularFile(run.forecast())) {
      problems.add("forecast.json is missing from the run folder");
    } else if (!CanonicalJson.of(Json.readTree(run.forecast()))
        .equals(CanonicalJson.of(sealed.json()))) {
      problems.add("forecast.json in the run folder differs from the register");
    }
    if (!Files.isRegularFile(run.config())) {
      problems.add("config.yaml is missing from the run folder");
    } else if (!Hashes.sha256(run.config()).equals(sealed.configHash())) {
      problems.add("config.yaml is not the one that was forecast");
    }
    Optional<Instant> started = run.started();
    if (started.isPresent() && started.get().isBefore(sealed.time())) {
      problems.add(
          "it was sealed at %s, after the run began at %s".formatted(sealed.time(), started.get()));
    }
    return problems;
  }

  /// Run folders beside the register whose forecast the register does not hold.
  private List<Verification.Problem> strays(Set<String> seals) {
    List<Verification.Problem> problems = new ArrayList<>();
    if (!Files.isDirectory(register.folder())) {
      return problems;
    }
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(register.folder(), Files::isDirectory)) {
      for (Path folder : folders) {
        Path forecast = folder.resolve("forecast.json");
        if (Files.isRegularFile(forecast)) {
          JsonNode seal = Json.readTree(forecast).get("seal");
          if (seal == null || !seals.contains(seal.asString())) {
            problems.add(
                new Verification.Problem(
                    0,
                    String.valueOf(folder.getFileName()),
                    "its forecast is not in the register: the entry was removed or never sealed"));
          }
        }
      }
    } catch (IOException e) {
      throw new FileException(register.folder(), e);
    }
    return problems;
  }
}
