package dev.auspex.config;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
  @TempDir Path folder;

  enum Dtype {
    BF16,
    FP32
  }

  sealed interface Schedule permits Wsd, Cosine, Constant {}

  record Wsd(int warmupSteps, double decayFraction) implements Schedule {}

  record Cosine(int warmupSteps, double minRatio) implements Schedule {}

  record Constant() implements Schedule {}

  record Model(int dim, int numHeads, int ffnDim) {
    Model {
      ConfigException.require(
          dim % numHeads == 0,
          "dim",
          dim,
          "be divisible by num_heads (" + numHeads + "); nearest: " + dim / numHeads * numHeads);
    }
  }

  record Settings(
      String name,
      long seed,
      double lr,
      boolean tie,
      Dtype dtype,
      Model model,
      Schedule schedule,
      List<Path> sources,
      Map<String, Double> weights,
      @Nullable String note) {}

  private static Config preset() {
    return Config.empty().preset("config-test");
  }

  private static String failure(Config config) {
    String message =
        assertThrows(ConfigException.class, () -> config.load(Settings.class)).getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("my.yaml"), yaml);
  }

  @Test
  void aPresetAloneMakesTheRecord() {
    Settings settings = preset().load(Settings.class);
    assertEquals(
        new Settings(
            "small",
            7,
            3e-4,
            false,
            Dtype.BF16,
            new Model(256, 4, 1000),
            new Wsd(100, 0.2),
            List.of(Path.of("a.txt"), Path.of("b.txt")),
            Map.of("code", 0.5, "text", 1.0),
            null),
        settings);
  }

  @Test
  void aFileLiesOverThePresetAndOverridesOverTheFile() throws IOException {
    Path file = write("lr: 0.001\nmodel: {dim: 128, num_heads: 2}\n");
    Settings settings =
        preset()
            .file(file)
            .overrides(List.of("model.num_heads=8", "sources=[c.txt]", "tie=true", "note=a=b"))
            .load(Settings.class);
    assertEquals(new Model(128, 8, 1000), settings.model());
    assertEquals(0.001, settings.lr());
    assertEquals(List.of(Path.of("c.txt")), settings.sources());
    assertEquals("a=b", settings.note());
    assertTrue(settings.tie());
  }

  @Test
  void anotherTypeReplacesTheWholeNodeWhateverTheOrderOfOverrides() {
    List<String> overrides =
        List.of("schedule.min_ratio=0.1", "schedule.type=cosine", "schedule.warmup_steps=5");
    assertEquals(new Cosine(5, 0.1), preset().overrides(overrides).load(Settings.class).schedule());
    assertEquals(
        new Cosine(5, 0.1),
        preset().overrides(overrides.reversed()).load(Settings.class).schedule());
    assertInstanceOf(
        Constant.class,
        preset().overrides(List.of("schedule={type: constant}")).load(Settings.class).schedule());
  }

  @Test
  void theSameTypeKeepsTheOtherKeys() {
    List<String> overrides = List.of("schedule.type=wsd", "schedule.warmup_steps=5");
    assertEquals(new Wsd(5, 0.2), preset().overrides(overrides).load(Settings.class).schedule());
  }

  @Test
  void theWrittenYamlMakesAnEqualRecord() throws IOException {
    Settings awkward =
        new Settings(
            "yes: \"no\" # 3e-4\nnext",
            Long.MIN_VALUE,
            Double.MIN_VALUE,
            true,
            Dtype.FP32,
            new Model(Integer.MAX_VALUE - 1, 2, -3),
            new Cosine(0, 1e300 / 3),
            List.of(Path.of("true"), Path.of("a b"), Path.of("123"), Path.of("1e5")),
            Map.of("a.b", 1.0 / 3, "~", 1e23, "null", 5e22, "1", 1e-5, "x: y", 123456789012.5),
            "");
    Path file = write(Config.toYaml(awkward));
    assertEquals(awkward, Config.read(file, Settings.class));
    Settings plain = preset().load(Settings.class);
    assertEquals(plain, Config.read(write(Config.toYaml(plain)), Settings.class));
  }

  @Test
  void theWrittenYamlIsReadableAndHasNoTags() {
    String yaml = Config.toYaml(preset().load(Settings.class));
    assertTrue(yaml.contains("schedule:\n  type: wsd\n  warmup_steps: 100\n"), yaml);
    assertFalse(yaml.contains("!"), yaml);
    assertFalse(yaml.startsWith("---"), yaml);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model.num_head=3 | model.num_head (3) must be a known key; did you mean model.num_heads?",
        "num_heads=3 | num_heads (3) must be a known key; did you mean model.num_heads?",
        "zzzzzz=1 | zzzzzz (1) must be a known key; known: name, seed, lr, tie, dtype",
        "model.dim=abc | model.dim (abc) must be a whole number",
        "model.dim=6.0 | model.dim (6.0) must be a whole number",
        "model.dim=\"8\" | model.dim (8) must be a whole number",
        "model.dim= | model.dim (empty) must be a whole number",
        "model.dim=3000000000 | model.dim (3000000000) must be a whole number from -2147483648 to",
        "model.dim=1e99999 | model.dim (1E+99999) must be a whole number from",
        "seed=9223372036854775808 | seed (9223372036854775808) must be a whole number from -9223",
        "model.dim=770 | model.dim (770) must be divisible by num_heads (4); nearest: 768",
        "lr=.nan | override (lr=.nan) must have a YAML value: line 1, column 5: Malformed",
        "lr=\"3e-4\" | lr (3e-4) must be a finite number",
        "lr=1e999 | lr (1E+999) must be a finite number",
        "tie=1 | tie (1) must be true or false",
        "name=12 | name (12) must be text; write it in quotes",
        "dtype=bf61 | dtype (bf61) must be one of bf16, fp32; nearest: bf16",
        "schedule.type=cosin | schedule.type (cosin) must be one of wsd, cosine, constant; nearest",
        "schedule={warmup_steps: 3, type: } | schedule.type (empty) must be one of wsd, cosine,",
        "schedule=wsd | schedule (wsd) must be a mapping with 'type', one of wsd, cosine, constant",
        "sources=a.txt | sources (a.txt) must be a list",
        "sources=[a.txt, 3] | sources[1] (3) must be text; write it in quotes",
        "weights.code=much | weights.code (much) must be a finite number",
        "model=3 | model (3) must be a mapping of keys to values",
        "model.dim | override (model.dim) must have the form path=value",
        "=3 | override (=3) must have the form path=value",
        "model..dim=3 | override (model..dim=3) must not have an empty key in its path",
        "sources=[a | override (sources=[a) must have a YAML value: line 1",
      })
  void aBadOverrideIsToldInOneLine(String override, String expected) {
    String message = failure(preset().overrides(List.of(override)));
    assertTrue(message.startsWith(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "lr: 1\\nlr: 2 | my.yaml must be valid YAML: line 2, column 3: Duplicate",
        "model:\\n  dim: 1\\n dim: 2 | my.yaml must be valid YAML: line 3, column",
        "model: {dim: 1 | my.yaml must be valid YAML: line",
        "model: \"abc | my.yaml must be valid YAML: line",
        "\\tlr: 1 | my.yaml must be valid YAML: line 1, column 1",
        "- lr | my.yaml ([\"lr\"]) must be a mapping of keys to values",
        "just text | my.yaml (just text) must be a mapping of keys to values",
        "lr: 1\\n---\\nlr: 2 | my.yaml must be valid YAML: line",
      })
  void aBadFileIsToldInOneLine(String yaml, String expected) throws IOException {
    String message = failure(preset().file(write(yaml.translateEscapes())));
    assertTrue(message.contains(expected), message);
  }

  @Test
  void aFileThatIsAbsentOrNoFileOrNotUtf8IsNamed() throws IOException {
    assertTrue(failure(preset().file(folder.resolve("no.yaml"))).endsWith("it does not exist"));
    assertTrue(failure(preset().file(folder)).endsWith("it is no file"));
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, "name: Zo\u00eb".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(failure(preset().file(latin)).contains("must be text in UTF-8"));
  }

  @Test
  void anUnknownPresetListsTheKnownOnes() {
    String message = failure(Config.empty().preset("config-tset"));
    assertTrue(message.startsWith("preset (config-tset) must be one of "), message);
    assertTrue(message.endsWith("nearest: config-test"), message);
    assertTrue(Config.presetNames().contains("config-test"));
  }

  @Test
  void aMissingKeyIsToldWithTheWayToSetIt() throws IOException {
    String message = failure(Config.empty().file(write("model: {dim: 8, ffn_dim: 8}\n")));
    assertAll(
        () -> assertTrue(message.contains("name (missing) must be given"), message),
        () -> assertTrue(message.contains("model.num_heads (missing) must be given"), message),
        () -> assertTrue(message.contains("with model.num_heads=..."), message),
        () -> assertFalse(message.contains("note"), message));
  }

  @Test
  void allProblemsAreToldAtOnce() throws IOException {
    Path file = write("lr: fast\nmodel: {dim: 770, heads: 3}\nsources: 3\n");
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> preset().file(file).overrides(List.of("tie=7")).load(Settings.class));
    assertEquals(
        List.of(
            "lr (fast) must be a finite number",
            "tie (7) must be true or false",
            "model.heads (3) must be a known key; known: dim, num_heads, ffn_dim",
            "sources (3) must be a list"),
        e.problems());
    assertEquals(String.join("; ", e.problems()), e.getMessage());
  }

  @Test
  void problemsOfEveryLayerAreToldAtOnce() {
    String message =
        failure(
            Config.empty()
                .preset("none")
                .file(folder.resolve("no.yaml"))
                .overrides(List.of("bad", "alsobad")));
    assertTrue(message.matches("preset .*; .*no\\.yaml .*; override \\(bad.*; override \\(als.*"));
  }

  @Test
  void aRemovedKeyFailsWithItsNewName() {
    String message =
        failure(
            preset()
                .renamed(Map.of("model.n_head", "model.num_heads"))
                .overrides(List.of("model.n_head=3")));
    assertEquals("model.n_head (3) was removed; use model.num_heads", message);
  }

  @Test
  void aLongValueIsCutAndStaysOnOneLine() {
    String message = failure(preset().overrides(List.of("lr=\"a\\n" + "b".repeat(500) + "\"")));
    assertTrue(message.length() < 120, message);
  }
}
