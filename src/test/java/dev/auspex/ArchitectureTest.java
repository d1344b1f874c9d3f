package dev.auspex;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The rules over the code; each first proves that the code was seen.
class ArchitectureTest {
  /// The block in ARCHITECTURE.md; the ranks are read from it.
  private static final String PICTURE =
      """
      rank 5  cli ................................ commands; the only place that wires objects; nothing imports it
      rank 4  align  eval  scaling  serve  report
      rank 3  train  safety
      rank 2  data  generate  interchange ........ generate (sampler, KV cache, stop rules, batching) sits below all who sample
      rank 1  tokenizer  model  optim  checkpoint  vision
      rank 0  config  run  tensor ................ tensor is the ONLY importer of org.bytedeco
      base    io ................................. files, JSON, hashes, errors, progress; imports nothing of Auspex
      """;

  private static final String ROOT = "dev.auspex";
  private static final int CLASSES_AT_LEAST = 150;
  private static final int LINES_AT_MOST = 400;
  private static final String[] FREE_OF_TENSORS = {
    "tokenizer", "data", "config", "run", "scaling", "report", "vision"
  };

  private static final DescribedPredicate<JavaClass> VECTOR =
      JavaClass.Predicates.assignableTo("jdk.incubator.vector.Vector");

  private static final DescribedPredicate<List<JavaClass>> HAS_VECTOR =
      DescribedPredicate.describe("some vector", types -> types.stream().anyMatch(VECTOR));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  private static Map<String, Integer> ranks() {
    Map<String, Integer> ranks = new TreeMap<>();
    List<String> lines = PICTURE.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String names = lines.get(i).substring("rank 0".length()).replaceFirst(" \\.\\..*", "");
      for (String name : names.strip().split("\\s+")) {
        ranks.put(name, lines.size() - 1 - i);
      }
    }
    return ranks;
  }

  /// The package right below the root that a class is in.
  private static String room(JavaClass type) {
    String inside = type.getPackageName().substring(ROOT.length());
    return inside.isEmpty() ? "" : inside.substring(1).split("\\.")[0];
  }

  private static boolean ours(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(ROOT) || name.startsWith(ROOT + ".");
  }

  @BeforeEach
  void theCodeWasSeen() {
    assertTrue(
        CLASSES.size() >= CLASSES_AT_LEAST,
        () -> "saw %d classes, expected at least %d".formatted(CLASSES.size(), CLASSES_AT_LEAST));
  }

  @Test
  void thePictureIsTheOneInTheArchitectureFile() throws IOException {
    String file = Files.readString(Path.of("ARCHITECTURE.md"));
    int start = file.indexOf("```\n") + "```\n".length();
    assertEquals(PICTURE, file.substring(start, file.indexOf("```", start)));
  }

  @Test
  void everyPackageIsInThePicture() {
    Map<String, Integer> ranks = ranks();
    List<String> strangers =
        CLASSES.stream()
            .filter(type -> !ranks.containsKey(room(type)))
            .map(JavaClass::getName)
            .toList();
    assertEquals(List.of(), strangers);
  }

  @Test
  void importsGoDownwardsOnly() {
    Map<String, Integer> ranks = ranks();
    List<String> wrong =
        CLASSES.stream()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .filter(use -> ours(use.getTargetClass().getBaseComponentType()))
            .filter(use -> !allowed(use, ranks))
            .map(Dependency::getDescription)
            .sorted()
            .toList();
    assertEquals(List.of(), wrong);
  }

  private static boolean allowed(Dependency use, Map<String, Integer> ranks) {
    String from = room(use.getOriginClass());
    String to = room(use.getTargetClass().getBaseComponentType());
    return from.equals(to) || ranks.getOrDefault(to, 99) < ranks.getOrDefault(from, -1);
  }

  @Test
  void packagesHaveNoCycles() {
    SlicesRuleDefinition.slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTensorTouchesTheNativeLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".tensor..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .because("Tensor wraps it with lifetimes and readable errors")
        .check(CLASSES);
  }

  @Test
  void onlyDeviceAndTensorSayWhereNewTensorsLive() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ROOT + ".tensor.Device")
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".tensor.Tensor")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("TensorOptions")
        .because("a tensor made elsewhere is left on the processor")
        .check(CLASSES);
  }

  @Test
  void packagesThatNeedNoTensorDoNotImportIt() {
    String[] packages =
        Stream.of(FREE_OF_TENSORS).map(name -> ROOT + "." + name + "..").toArray(String[]::new);
    noClasses()
        .that(resideInAPackage(ROOT + "..").and(JavaClass.Predicates.resideInAnyPackage(packages)))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".tensor..")
        .because("their tests run without the native library")
        .check(CLASSES);
  }

  @Test
  void loopsThatLaunchersKeepApartNeitherTakeNorGiveVectors() throws IOException {
    String kernels = ROOT + ".tensor.kernel";
    for (String launcher : List.of("auspex", "auspex.cmd")) {
      String flag = "-XX:CompileCommand=dontinline," + kernels + ".*::*Loop";
      assertTrue(Files.readString(Path.of(launcher)).contains(flag), launcher);
    }
    methods()
        .that()
        .haveNameEndingWith("Loop")
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage(kernels)
        .should()
        .notHaveRawReturnType(VECTOR)
        .andShould(ArchConditions.not(ArchConditions.haveRawParameterTypes(HAS_VECTOR)))
        .because("they would make an object of it in every round (ADR 13)")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLinePrintsAndExits() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".cli..")
        .should()
        .accessTargetWhere(
            touches("System.out, System.err, exit or halt", ArchitectureTest::printsOrExits))
        .because("a command decides what goes to which stream; use Progress or return a value")
        .check(CLASSES);
  }

  private static boolean printsOrExits(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    return switch (owner) {
      case "java.lang.System" -> Set.of("out", "err", "exit").contains(name);
      case "java.lang.Runtime" -> Set.of("exit", "halt").contains(name);
      default -> false;
    };
  }

  @Test
  void randomNumbersComeFromASeed() {
    noClasses()
        .should()
        .accessTargetWhere(touches("unseeded random numbers", ArchitectureTest::isUnseeded))
        .because("one seed reproduces a run; use SplittableRandom(seed)")
        .check(CLASSES);
  }

  private static boolean isUnseeded(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    int parameters =
        access.getTarget() instanceof AccessTarget.CodeUnitCallTarget call
            ? call.getRawParameterTypes().size()
            : -1;
    boolean unseededConstructor = name.equals("<init>") && parameters == 0;
    return switch (owner) {
      case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
      case "java.util.Random", "java.util.SplittableRandom" -> unseededConstructor;
      case "java.util.Collections" -> name.equals("shuffle") && parameters == 1;
      case "java.util.concurrent.ThreadLocalRandom", "java.security.SecureRandom" -> true;
      case "java.util.UUID" -> name.equals("randomUUID");
      case "java.util.random.RandomGenerator" -> name.equals("of") || name.equals("getDefault");
      default -> false;
    };
  }

  private static DescribedPredicate<JavaAccess<?>> touches(
      String what, java.util.function.Predicate<JavaAccess<?>> test) {
    return DescribedPredicate.describe(what, test);
  }

  @Test
  void theRulesOnRandomNumbersAndPrintingFindWhatTheyForbid() {
    JavaClasses bad = new ClassFileImporter().importClasses(Bad.class);
    Set<JavaAccess<?>> accesses = bad.get(Bad.class).getAccessesFromSelf();
    assertEquals(3, accesses.stream().filter(ArchitectureTest::isUnseeded).count());
    assertEquals(2, accesses.stream().filter(ArchitectureTest::printsOrExits).count());
  }

  /// Breaks the rules, to show that they would be noticed.
  static final class Bad {
    private Bad() {}

    static double unseeded() {
      return new Random().nextDouble()
          + new SplittableRandom().nextDouble()
          + Math.random()
          + new Random(7).nextDouble();
    }

    static void print() {
      System.out.println();
      Runtime.getRuntime().halt(1);
    }
  }

  @Test
  void noTypeHasAnEmptyName() {
    classes()
        .should()
        .haveNameNotMatching(".*(Manager|Helper|Utils?|Impl)$")
        .because("a name says what the type is")
        .check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() throws ClassNotFoundException {
    for (String name : CLASSES.stream().map(JavaClass::getPackageName).distinct().toList()) {
      assertTrue(
          Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class),
          () -> name + " needs a package-info.java with @NullMarked");
    }
  }

  @Test
  void noFileIsTooLongToReadAtOnce() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        long lines = Files.readAllLines(file).size();
        assertTrue(lines <= LINES_AT_MOST, () -> file + " has " + lines + " lines; split it");
      }
    }
  }
}
