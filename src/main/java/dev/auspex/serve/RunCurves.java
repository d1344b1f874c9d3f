package dev.auspex.serve;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The curves in a `metrics.jsonl` that may still be growing: each `refresh` reads only what was
/// added.
///
/// Steps are averaged over neighbours so that each doubling of the run has at most
/// `POINTS_PER_DOUBLING` points: a million steps make some six thousand, dense enough on a linear
/// and on a logarithmic axis, and a point once full never changes. Thread-safe.
final class RunCurves {
  private static final int POINTS_PER_DOUBLING = 512;
  private static final int READ_AT_MOST_BYTES = 1 << 22;

  private final Path file;
  private final List<Point> points = new ArrayList<>();
  private final List<ObjectNode> measurements = new ArrayList<>();
  private @Nullable Object fileKey;
  private long offset;
  private long steps;
  private int generation;
  private @Nullable ObjectNode lastStep;
  private @Nullable Instant changed;

  /// @param file a run's metrics, which need not exist yet
  RunCurves(Path file) {
    this.file = file;
  }

  /// Reads what was added; starts over where the run was resumed from an earlier step.
  synchronized void refresh() {
    try (FileChannel channel = FileChannel.open(file)) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!Objects.equals(fileKey, attributes.fileKey()) || channel.size() < offset) {
        startOver(attributes.fileKey());
      }
      changed = attributes.lastModifiedTime().toInstant();
      while (offset < channel.size() && readSome(channel)) {
        // A long log is read in parts.
      }
    } catch (NoSuchFileException _) {
      startOver(null);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// The newest line of a step.
  synchronized Optional<ObjectNode> lastStep() {
    return Optional.ofNullable(lastStep);
  }

  /// The newest held-out measurement.
  synchronized Optional<ObjectNode> lastMeasurement() {
    return measurements.isEmpty() ? Optional.empty() : Optional.of(measurements.getLast());
  }

  /// When the file last changed.
  synchronized Optional<Instant> changed() {
    return Optional.ofNullable(changed);
  }

  /// The curves as columns.
  ///
  /// @param known the reader's `generation`
  /// @param from first point the reader lacks; ignored where its generation is not this one
  synchronized ObjectNode toJson(int known, int from) {
    int start = known == generation ? Math.clamp(from, 0, points.size()) : 0;
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("generation", generation).put("from", start).put("steps", steps);
    Map<String, ArrayNode> columns = new LinkedHashMap<>();
    for (Point point : points.subList(start, points.size())) {
      point.sums.keySet().forEach(key -> columns.putIfAbsent(key, Json.MAPPER.createArrayNode()));
    }
    for (Point point : points.subList(start, points.size())) {
      columns.forEach((key, column) -> point.addMeanTo(column, key));
    }
    ObjectNode curves = json.putObject("curves");
    columns.forEach(curves::set);
    ArrayNode heldout = json.putArray("heldout");
    measurements.forEach(heldout::add);
    return json;
  }

  private void startOver(@Nullable Object key) {
    if (offset > 0) {
      generation++;
    }
    fileKey = key;
    offset = 0;
    steps = 0;
    lastStep = null;
    changed = null;
    points.clear();
    measurements.clear();
  }

  /// @return whether whole lines were read
  private boolean readSome(FileChannel channel) throws IOException {
    long size = Math.min(READ_AT_MOST_BYTES, channel.size() - offset);
    ByteBuffer buffer = ByteBuffer.allocate((int) size);
    while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) > 0) {
      // Reads may be short.
    }
    byte[] bytes = buffer.array();
    int start = 0;
    for (int i = 0; i < buffer.position(); i++) {
      if (bytes[i] == '\n') {
        line(new String(bytes, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    offset += start;
    return start > 0;
  }

  private void line(String text) {
    try {
      if (Json.MAPPER.readTree(text) instanceof ObjectNode line && line.path("step").isNumber()) {
        if (line.has("heldout_loss")) {
          measurements.add(line);
        } else {
          lastStep = line;
          point(steps++).add("", line);
        }
      }
    } catch (JacksonException _) {
      // A line that is no JSON has no point; resuming the run names it.
    }
  }

  private Point point(long row) {
    int doublings =
        Math.max(0, 63 - Long.numberOfLeadingZeros(Math.max(1, row / POINTS_PER_DOUBLING)));
    long first = row >> doublings << doublings;
    if (points.isEmpty() || points.getLast().first != first) {
      points.add(new Point(first));
    }
    return points.getLast();
  }

  /// Neighbouring steps in one.
  private static final class Point {
    private final long first;
    private final Map<String, double[]> sums = new LinkedHashMap<>();

    Point(long first) {
      this.first = first;
    }

    void add(String prefix, JsonNode line) {
      for (Map.Entry<String, JsonNode> entry : line.properties()) {
        String key = prefix + entry.getKey();
        JsonNode value = entry.getValue();
        if (value.isObject()) {
          add(key + ".", value);
        } else if (value.isNumber()) {
          double[] sum = sums.computeIfAbsent(key, _ -> new double[2]);
          sum[0] += value.doubleValue();
          sum[1]++;
        }
      }
    }

    void addMeanTo(ArrayNode column, String key) {
      double[] sum = sums.get(key);
      if (sum == null) {
        column.addNull();
      } else {
        column.add(sum[0] / sum[1]);
      }
    }
  }
}
