package dev.auspex.eval;

import dev.auspex.io.FileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Computes Java expressions that a model wrote, in a child JVM.
///
/// What keeps an expression harmless is {@link AllowedJava}: before anything is compiled, its
/// syntax tree must consist of literals, operators, `?:` and calls of listed methods of `String`,
/// `Math` and `Integer`. No file, socket, process, thread, class, field, loop or `new` can be
/// written in that language, in any disguise. The child JVM adds what a tree cannot show: a limit
/// of heap, of class memory and of time, an empty environment, and a crash that hurts nobody.
///
/// It is no second wall: the child runs as the same user and is under no container, `seccomp` or
/// name space, so an error in the list or in the JDK's compiler would not be caught. Java has had
/// no security manager to ask since JDK 24 (JEP 486).
///
/// @param patience longest wait for one expression; the child is killed then and the expression
///     counts as failed
public record JavaSandbox(Duration patience) {
  /// Longest expression, in characters.
  static final int LONGEST = 200;

  private static final int BATCH = 2000;
  private static final Duration USUAL = Duration.ofSeconds(60);

  /// A sandbox with the usual patience, which covers starting and compiling on a busy machine.
  public static JavaSandbox usual() {
    return new JavaSandbox(USUAL);
  }

  /// The values as `String.valueOf` writes them, empty where an expression is refused, does not
  /// compile, throws, is too long or takes too long.
  public List<Optional<String>> values(List<String> expressions) {
    List<Optional<String>> values = new ArrayList<>();
    while (values.size() < expressions.size()) {
      int end = Math.min(expressions.size(), values.size() + BATCH);
      run(expressions.subList(values.size(), end), values);
    }
    return values;
  }

  /// Adds at least one value; fewer than all where the child had to be killed.
  private void run(List<String> batch, List<Optional<String>> values) {
    Process child = start();
    try {
      BlockingQueue<String> lines = lines(child);
      try (OutputStream out = child.getOutputStream()) {
        for (String expression : batch) {
          String sent = expression.length() > LONGEST ? "" : expression;
          out.write((encoded(sent) + "\n").getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException _) {
        // The child died while it was being told; its missing answers say so.
      }
      for (int i = 0; i < batch.size(); i++) {
        String line = lines.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null || line.isEmpty()) { // hangs, or died
          values.add(Optional.empty());
          return;
        }
        values.add(line.charAt(0) == '+' ? Optional.of(decoded(line)) : Optional.empty());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      child.destroyForcibly();
    }
  }

  private static Process start() {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx192m",
              "-Xss2m",
              "-XX:MaxMetaspaceSize=128m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-XX:-UsePerfData",
              "-Djava.awt.headless=true",
              "-cp",
              classes(),
              SandboxProgram.class.getName());
      builder.environment().clear();
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      return builder.start();
    } catch (IOException e) {
      throw new FileException(Path.of(System.getProperty("java.home")), e);
    }
  }

  private static String classes() {
    try {
      return Path.of(
              SandboxProgram.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The child's lines as they come, and an empty one at the end.
  private static BlockingQueue<String> lines(Process child) {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread.ofPlatform()
        .daemon()
        .name("sandbox-reader")
        .start(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(
                      new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  lines.add(line);
                }
              } catch (IOException _) {
                // A killed child's stream may break instead of ending.
              }
              lines.add("");
            });
    return lines;
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String line) {
    return new String(Base64.getDecoder().decode(line.substring(1)), StandardCharsets.UTF_8);
  }
}
