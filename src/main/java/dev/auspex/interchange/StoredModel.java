package dev.auspex.interchange;

import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Lora;
import dev.auspex.model.VisionConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.vision.PictureForm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A model as it lies on disk: its shape, its vocabulary, and its tensors, mapped but not read.
///
/// Opening checks that every tensor is there with the right shape. Belongs to the thread that
/// opened it, until {@link #close}.
public final class StoredModel implements AutoCloseable {
  /// The longest context {@link #load(DType)} makes tables for.
  static final int USUAL_CONTEXT = 4096;

  /// Numbers converted at a time.
  private static final int CHUNK = 1 << 18;

  private final Shape shape;
  private final Arena arena;
  private final Origin origin;
  private final Map<String, Place> places;
  private final @Nullable Tuning tuning;

  /// What surrounds the tensors.
  ///
  /// @param path the folder or file that was opened
  /// @param files what it consists of
  /// @param tokenizer reads the vocabulary
  /// @param rules how special tokens are used; reads them
  record Origin(
      Path path, List<Path> files, Supplier<Tokenizer> tokenizer, Supplier<TokenRules> rules) {}

  /// Where a parameter lies: row `row` of a slot in the model's order.
  private record Place(Slot slot, StoredTensor stored, long row) {}

  /// @param matched a stored tensor for each slot
  /// @param arena what the tensors are mapped in; closed with the model
  StoredModel(Shape shape, Map<Slot, StoredTensor> matched, Origin origin, Arena arena) {
    this.shape = shape;
    this.arena = arena;
    this.origin = origin;
    this.tuning = null;
    this.places = new HashMap<>();
    Map<String, long[]> shapes = shape.parameters();
    matched.forEach(
        (slot, stored) -> {
          long row = 0;
          for (String part : slot.parts()) {
            places.put(part, new Place(slot, stored, row));
            row += shapes.get(part)[0];
          }
        });
  }

  private StoredModel(StoredModel model, Origin origin, Tuning tuning) {
    this.shape = model.shape;
    this.arena = model.arena;
    this.places = model.places;
    this.origin = origin;
    this.tuning = tuning;
  }

  /// Opens a Hugging Face folder, a run folder, a GGUF file, a llama2.c file, or the folder of an
  /// adapter that names one of them.
  ///
  /// @throws InterchangeException when it is damaged, incomplete or of another kind
  public static StoredModel open(Path path) {
    return ModelFiles.open(path);
  }

  /// Opens a model together with an adapter for it.
  ///
  /// @throws InterchangeException also when the two do not fit
  public static StoredModel open(Path base, Path adapter) {
    return ModelFiles.open(base, adapter);
  }

  /// The same model with an adapter; this one must no longer be used or closed.
  StoredModel tunedBy(Path adapterFolder) {
    PeftAdapter adapter = PeftAdapter.read(adapterFolder, shape);
    List<Path> files = new ArrayList<>(files());
    files.add(adapterFolder.resolve(PeftAdapter.CONFIG));
    files.add(adapterFolder.resolve(PeftAdapter.WEIGHTS));
    Origin with = new Origin(path(), files, origin.tokenizer(), origin.rules());
    return new StoredModel(this, with, adapter);
  }

  /// The same model with the numbers of one trained from it; only one of the two is closed.
  StoredModel withNumbersOf(Gpt trained) {
    return new StoredModel(this, origin, new Trained(trained));
  }

  /// The adapter it is opened with; empty for a model alone.
  public Optional<PeftAdapter> adapter() {
    return tuning instanceof PeftAdapter adapter ? Optional.of(adapter) : Optional.empty();
  }

  /// Which kind of model it is, as Hugging Face's `model_type` names it.
  public String modelType() {
    return shape.modelType();
  }

  /// Which kind of decoder it has.
  public Family family() {
    return shape.family();
  }

  /// Its sizes.
  public GptConfig config() {
    return shape.config();
  }

  Shape shape() {
    return shape;
  }

  /// Number of parameters, shared ones counted once.
  public long numParams() {
    return shape.parameters().values().stream().mapToLong(StoredModel::count).sum();
  }

  private static long count(long[] sizes) {
    long count = 1;
    for (long size : sizes) {
      count *= size;
    }
    return count;
  }

  /// The type that most of its numbers have.
  public NumberType type() {
    Map<NumberType, Long> counts = new EnumMap<>(NumberType.class);
    shape.parameters().forEach((name, sizes) -> counts.merge(type(name), count(sizes), Long::sum));
    return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  /// The folder or file that was opened.
  public Path path() {
    return origin.path();
  }

  /// The files it consists of.
  public List<Path> files() {
    return origin.files();
  }

  /// Reads its vocabulary.
  public Tokenizer tokenizer() {
    return origin.tokenizer().get();
  }

  /// How its special tokens are used.
  public TokenRules rules() {
    return origin.rules().get();
  }

  /// The type a parameter has in the file.
  NumberType type(String parameter) {
    return place(parameter).stored().type();
  }

  private Place place(String parameter) {
    Place place = places.get(parameter);
    if (place == null) {
      throw new IllegalArgumentException(parameter + " belongs to no tensor of the file");
    }
    return place;
  }

  /// The bytes of a parameter in the file, in the model's order.
  private MemorySegment stored(String parameter, Arena into) {
    Place place = place(parameter);
    NumberType type = place.stored().type();
    long count = count(shape.parameters().get(parameter));
    long start = type.bytes(place.row() * place.slot().columns());
    return place.slot().inModelOrder(place.stored(), into).asSlice(start, type.bytes(count));
  }

  /// The bytes of a parameter in the model's order and another type; a view where nothing changes.
  MemorySegment bytes(String parameter, NumberType type, Arena into) {
    boolean tuned = tuning != null && tuning.touches(parameter);
    NumberType from = tuned ? NumberType.F32 : type(parameter);
    MemorySegment data = tuned ? tuned(parameter, into) : stored(parameter, into);
    long count = count(shape.parameters().get(parameter));
    if (from == type) {
      return data;
    }
    MemorySegment out = into.allocate(type.bytes(count), 64);
    float[] numbers = new float[(int) Math.min(CHUNK, count)];
    for (long done = 0; done < count; done += CHUNK) {
      int length = (int) Math.min(CHUNK, count - done);
      from.decode(data, from.bytes(done), numbers, length);
      type.encode(numbers, length, out, type.bytes(done));
    }
    return out;
  }

  /// The numbers of a parameter that training changed, as F32.
  private MemorySegment tuned(String parameter, Arena into) {
    Tensor value = tensor(parameter);
    MemorySegment out = into.allocate(value.numElements() * Float.BYTES, 64);
    long rows = value.size(0);
    long width = value.numElements() / rows;
    long step = Math.max(1, CHUNK / width);
    try (TensorScope _ = TensorScope.open()) {
      for (long row = 0; row < rows; row += step) {
        long length = Math.min(step, rows - row);
        MemorySegment some =
            MemorySegment.ofBuffer(Device.toHost(value.narrow(0, row, length)).bytes());
        MemorySegment.copy(some, 0, out, row * width * Float.BYTES, some.byteSize());
      }
    }
    value.free();
    return out;
  }

  /// A parameter as the model has it, outside the scopes opened here.
  private Tensor tensor(String parameter) {
    Tensor read = Device.hostZeros(DType.FP32, shape.parameters().get(parameter));
    try (Arena temporary = Arena.ofConfined();
        TensorScope _ = TensorScope.open()) {
      fill(read, type(parameter), stored(parameter, temporary));
    }
    Tensor value = Device.fromHost(read);
    if (tuning != null) {
      try (TensorScope _ = TensorScope.open();
          Torch.NoGrad _ = Torch.noGrad()) {
        tuning.apply(parameter, value);
      }
    }
    return value;
  }

  /// Reads the parameters; contexts beyond the usual 4,096 are cut there.
  public Gpt load(DType compute) {
    return load(compute, USUAL_CONTEXT);
  }

  /// Reads the parameters into a model that computes in `compute`.
  ///
  /// @param contextLimit longest context to make tables for; learned positions are never cut
  public Gpt load(DType compute, int contextLimit) {
    return load(compute, contextLimit, vision().orElse(null));
  }

  /// The same with other rates of the parts that read pictures.
  public Gpt load(DType compute, int contextLimit, @Nullable VisionConfig vision) {
    return around(values(), compute, contextLimit, vision);
  }

  /// The same with something added to its matrices, which alone is to be trained.
  public Gpt load(DType compute, int contextLimit, Lora lora) {
    return around(values(), compute, contextLimit, vision().orElse(null), lora);
  }

  /// The same model around other values, as training made them.
  public Gpt around(
      Map<String, Tensor> values, DType compute, int contextLimit, @Nullable VisionConfig vision) {
    return around(values, compute, contextLimit, vision, null);
  }

  private Map<String, Tensor> values() {
    Map<String, Tensor> values = new LinkedHashMap<>();
    shape.parameters().keySet().forEach(name -> values.put(name, tensor(name)));
    return values;
  }

  private Gpt around(
      Map<String, Tensor> values,
      DType compute,
      int contextLimit,
      @Nullable VisionConfig vision,
      @Nullable Lora lora) {
    boolean cut = !shape.variant().gpt2() && contextLimit < config().contextLength();
    GptConfig config = cut ? config().withContextLength(contextLimit) : config();
    return new Gpt(config, shape.variant(), vision, compute, values, lora);
  }

  /// Sizes of all parameters by name.
  public Map<String, long[]> parameterShapes() {
    return shape.parameters();
  }

  /// The image encoder's configuration; empty where the model reads text only.
  public Optional<VisionConfig> vision() {
    return Optional.ofNullable(shape.vision()).map(Shape.Vision::config);
  }

  /// How pictures stand in a sequence; empty where the model reads text only.
  public Optional<PictureForm> pictureForm() {
    return Optional.ofNullable(shape.vision()).map(Shape.Vision::form);
  }

  /// Decodes row by row: a matrix may be larger than a Java array.
  ///
  /// @param value in the processor's memory
  static void fill(Tensor value, NumberType type, MemorySegment data) {
    long rows = value.size(0);
    int width = Math.toIntExact(value.numElements() / rows);
    long step = Math.max(1, CHUNK / width);
    float[] numbers = new float[Math.toIntExact(Math.min(step, rows) * width)];
    for (long row = 0; row < rows; row += step) {
      long length = Math.min(step, rows - row);
      int count = (int) length * width;
      type.decode(data, type.bytes(row * width), numbers, count);
      value.narrow(0, row, length).bytes().asFloatBuffer().put(numbers, 0, count);
    }
  }

  /// Writes it as a Hugging Face folder, which must not exist yet.
  ///
  /// @param type of all tensors; null to keep what they have, F32 where they are quantised
  public void writeHuggingFace(Path folder, @Nullable NumberType type, Progress progress) {
    HuggingFaceWriter.write(this, folder, type, progress);
  }

  /// Writes it as a GGUF file.
  ///
  /// @param type of the matrices; null to keep what each has
  /// @return what a reader should know: where llama.cpp will differ
  public List<String> writeGguf(Path file, @Nullable NumberType type, Progress progress) {
    return GgufWriter.write(this, file, type, progress);
  }

  @Override
  public void close() {
    adapter().ifPresent(PeftAdapter::close);
    arena.close();
  }
}
