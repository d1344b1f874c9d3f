package dev.auspex.tensor.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory outside the heap that a thread uses again for each pass: what is left to the garbage
/// collector grows until it next runs, and the system clears every page of it.
final class Room {
  private static final ThreadLocal<Room> OWN = ThreadLocal.withInitial(Room::new);
  private static final long LINE = 64;

  private MemorySegment memory = MemorySegment.NULL;
  private long used;

  private Room() {}

  /// This thread's, empty: whatever was taken from it before is given up.
  static Room ofThread() {
    Room room = OWN.get();
    if (room.used > room.memory.byteSize()) {
      room.memory = Arena.ofAuto().allocate(room.used, LINE);
    }
    room.used = 0;
    return room;
  }

  /// Takes some, zero.
  MemorySegment take(long bytes) {
    long at = used;
    used += (bytes + LINE - 1) / LINE * LINE;
    return used <= memory.byteSize()
        ? memory.asSlice(at, bytes).fill((byte) 0)
        : Arena.ofAuto().allocate(bytes, LINE); // the next pass will have room
  }
}
