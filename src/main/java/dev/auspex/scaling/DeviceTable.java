package dev.auspex.scaling;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Devices by name, with what a training run gets out of them and what they cost.
///
/// @param devices by name
public record DeviceTable(Map<String, Device> devices) {
  private static final String SHIPPED = "/devices.yaml";
  private static final Pattern FLEET = Pattern.compile("([0-9]+)\\s*[xX]\\s*(.+)");

  public DeviceTable {
    devices = Map.copyOf(devices);
  }

  /// One device.
  ///
  /// @param tflops peak of dense BF16 matrix products, in 1e12 FLOPs a second
  /// @param utilisation share of the peak that training reaches
  /// @param usdPerHour rent of one device, in US dollars
  public record Device(double tflops, double utilisation, double usdPerHour) {
    public Device {
      if (!(tflops > 0)) {
        throw new ConfigException("tflops (" + tflops + ") must be above 0, in 1e12 a second");
      }
      if (!(utilisation > 0 && utilisation <= 1)) {
        throw new ConfigException(
            "utilisation (" + utilisation + ") must lie above 0 and not above 1; usual: 0.4");
      }
      if (!(usdPerHour >= 0)) {
        throw new ConfigException("usd_per_hour (" + usdPerHour + ") must not be negative");
      }
    }
  }

  /// Several devices of a kind.
  ///
  /// @param count how many
  /// @param name their name in the table
  /// @param device what one is
  public record Fleet(int count, String name, Device device) {
    /// Hours that `flops` take.
    public double hours(double flops) {
      return flops / (count * device.tflops() * 1e12 * device.utilisation()) / 3600;
    }

    /// Rent for the time that `flops` take, in US dollars.
    public double money(double flops) {
      return hours(flops) * count * device.usdPerHour();
    }
  }

  /// The table that ships with Auspex.
  public static DeviceTable shipped() {
    try (InputStream in = DeviceTable.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException(SHIPPED + " is missing from the class path");
      }
      return Config.bind(YAMLMapper.shared().readTree(in), DeviceTable.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// This table with the devices of `file`, which replace those of the same name.
  public DeviceTable with(Path file) {
    Map<String, Device> all = new LinkedHashMap<>(devices);
    all.putAll(Config.read(file, DeviceTable.class).devices());
    return new DeviceTable(all);
  }

  /// Reads a count and a name, such as `8xH100`; a name alone is one device.
  public Fleet fleet(String text) {
    Matcher matcher = FLEET.matcher(text);
    boolean counted = matcher.matches();
    String wanted = counted ? matcher.group(2) : text;
    Map<String, Device> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    sorted.putAll(devices);
    Device device = sorted.get(wanted);
    int count = counted && matcher.group(1).length() < 9 ? Integer.parseInt(matcher.group(1)) : 1;
    if (device == null || count < 1) {
      throw new ConfigException(
          "--devices (%s) must be a count and one of %s, such as 8xH100; more: --device-table FILE"
              .formatted(text, String.join(", ", sorted.keySet())));
    }
    return new Fleet(count, wanted, device);
  }
}
