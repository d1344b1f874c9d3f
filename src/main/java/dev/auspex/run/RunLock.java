package dev.auspex.run;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A run folder held by this process, so that no two processes train in it.
///
/// The operating system lets go of it when the process ends, however it ends; the file that stays
/// behind means nothing by itself.
public final class RunLock implements AutoCloseable {
  /// The lock file's name; it holds the process id of the last holder.
  static final String FILE = ".lock";

  /// Only this byte is locked, far behind the text, so that others can read who holds it.
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  /// The folders this process holds. It must be asked first: POSIX drops a process's lock when any
  /// of its descriptors of the file is closed, so the file may not even be opened twice.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private RunLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /// Takes the folder, which must exist, or says which process has it.
  static RunLock take(Path root) {
    Path file = root.resolve(FILE);
    try {
      Path folder = root.toRealPath();
      if (!HELD.add(folder)) {
        throw inUse(root, Long.toString(ProcessHandle.current().pid()));
      }
      try {
        return new RunLock(folder, lockedChannel(root, file));
      } catch (IOException | RunException e) {
        HELD.remove(folder);
        throw e;
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Lets go of the folder.
  @Override
  public void close() {
    if (channel.isOpen()) {
      closeQuietly(channel);
      HELD.remove(folder);
    }
  }

  private static FileChannel lockedChannel(Path root, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock(LOCKED_BYTE, 1, false) == null) {
        throw inUse(root, text(channel));
      }
      channel.truncate(0);
      channel.write(bytes(ProcessHandle.current().pid()), 0);
      return channel;
    } catch (IOException | RunException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static RunException inUse(Path root, String pid) {
    return new RunException(
        "run folder (%s) must not be in use; process %s is working in it, wait for it or stop it"
            .formatted(root, pid));
  }

  private static ByteBuffer bytes(long pid) {
    return ByteBuffer.wrap(Long.toString(pid).getBytes(StandardCharsets.US_ASCII));
  }

  private static String text(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(20);
    channel.read(buffer, 0);
    String text = StandardCharsets.US_ASCII.decode(buffer.flip()).toString().strip();
    return text.isEmpty() ? "(unknown)" : text;
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // The lock ends with the process at the latest.
    }
  }
}
