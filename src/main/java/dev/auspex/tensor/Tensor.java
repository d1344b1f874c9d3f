package dev.auspex.tensor;

import static org.bytedeco.pytorch.global.torch.ScalarType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// An n-dimensional array with automatic differentiation: a thin, typed face of a libtorch tensor.
///
/// Every method returns a new tensor unless its name says `InPlace`; the result lives in the
/// innermost {@link TensorScope}. Element types are promoted as libtorch does.
public final class Tensor {
  /// In {@link #requireShape}: any size.
  public static final int ANY = -1;

  final org.bytedeco.pytorch.Tensor handle;

  Tensor(org.bytedeco.pytorch.Tensor handle) {
    this.handle = handle;
  }

  // ---- making ------------------------------------------------------------------------------

  /// A tensor of zeros.
  /// @param shape sizes of all dimensions
  public static Tensor zeros(DType dtype, long... shape) {
    try (TensorOptions options = Device.options(dtype.scalarType)) {
      return new Tensor(torch.zeros(shape, options));
    }
  }

  /// A tensor of the same shape and type with any contents.
  public Tensor emptyLike() {
    return new Tensor(torch.empty_like(handle));
  }

  /// Copies token ids into an INT64 tensor of the given shape.
  public static Tensor of(int[] values, long... shape) {
    long[] wide = new long[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    try (TensorOptions options = new TensorOptions(ScalarType.Long)) {
      return new Tensor(Device.moved(torch.tensor(wide, options))).reshape(shape);
    }
  }

  /// Copies floats into an FP32 tensor of the given shape.
  public static Tensor of(float[] values, long... shape) {
    try (TensorOptions options = new TensorOptions(ScalarType.Float)) {
      return new Tensor(Device.moved(torch.tensor(values, options))).reshape(shape);
    }
  }

  // ---- facts -------------------------------------------------------------------------------

  /// Sizes of all dimensions.
  public long[] shape() {
    long[] shape = new long[(int) handle.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = handle.size(i);
    }
    return shape;
  }

  /// Size of dimension `dim`; negative counts from the end.
  public long size(int dim) {
    return handle.size(dim);
  }

  /// Number of elements.
  public long numElements() {
    return handle.numel();
  }

  /// Element type.
  public DType dtype() {
    return DType.of(handle.scalar_type());
  }

  /// Checks a shape at a package border.
  /// @param expected sizes, {@link #ANY} where free
  /// @throws ShapeException naming both shapes
  public void requireShape(String name, long... expected) {
    long[] actual = shape();
    boolean fits = actual.length == expected.length;
    for (int i = 0; fits && i < actual.length; i++) {
      fits = expected[i] == ANY || expected[i] == actual[i];
    }
    if (!fits) {
      String wanted = Arrays.toString(expected).replace("-1", "*");
      throw new ShapeException(name + ": expected " + wanted + ", got " + Arrays.toString(actual));
    }
  }

  /// The only element, as a double.
  public double item() {
    return handle.item_double();
  }

  /// All elements as floats, row-major.
  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(numElements())];
    org.bytedeco.pytorch.Tensor flat = handle.to(ScalarType.Float).cpu().contiguous();
    if (values.length > 0) {
      flat.data_ptr_float().capacity(values.length).get(values);
    }
    return values;
  }

  /// The elements' memory; valid while this tensor lives. Contiguous, {@link Device#toHost} only.
  @SuppressWarnings("restricted")
  public MemorySegment memory() {
    if (!handle.is_contiguous() || !handle.is_cpu()) {
      throw new IllegalStateException("memory() needs a contiguous tensor of the processor");
    }
    return MemorySegment.ofAddress(handle.data_ptr().address()).reinterpret(handle.nbytes());
  }

  /// The same as little-endian bytes.
  public ByteBuffer bytes() {
    return memory().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Rises with every change of the elements in place.
  public long version() {
    return handle._version();
  }

  /// Whether every element is equal and the shapes agree.
  public boolean equal(Tensor other) {
    return handle.equal(other.handle);
  }

  // ---- shape -------------------------------------------------------------------------------

  /// Same elements in another shape; one size may be -1.
  public Tensor reshape(long... shape) {
    return named("reshape", () -> handle.reshape(shape));
  }

  /// Swaps two dimensions (a view).
  public Tensor transpose(int a, int b) {
    return new Tensor(handle.transpose(a, b));
  }

  /// `length` entries of dimension `dim` from `start` (a view).
  public Tensor narrow(int dim, long start, long length) {
    return named("narrow", () -> handle.narrow(dim, start, length));
  }

  /// Entry `index` of dimension `dim`, which disappears (a view).
  public Tensor select(int dim, long index) {
    return new Tensor(handle.select(dim, index));
  }

  /// Same values laid out row-major.
  public Tensor contiguous() {
    return new Tensor(handle.contiguous());
  }

  /// Joins tensors along `dim`.
  public static Tensor concat(int dim, Tensor... parts) {
    try (TensorVector vector = Ops.vector(List.of(parts))) {
      return new Tensor(torch.cat(vector, dim));
    }
  }

  // ---- arithmetic --------------------------------------------------------------------------

  /// Matrix product over the last two dimensions, batched over the others.
  /// @throws ShapeException when inner sizes differ
  public Tensor matmul(Tensor other) {
    try {
      return ConvolutionProduct.fits(handle, other.handle)
          ? TensorScope.returning(() -> new Tensor(ConvolutionProduct.of(handle, other.handle)))
          : new Tensor(torch.matmul(handle, other.handle));
    } catch (RuntimeException e) {
      throw ShapeException.translated("matmul", e, this, other);
    }
  }

  /// Sum.
  public Tensor add(Tensor other) {
    return binary("add", other, () -> handle.add(other.handle));
  }

  /// `this + alpha * other`.
  public Tensor add(Tensor other, double alpha) {
    if (alpha == 1.0) {
      return add(other);
    }
    try (Scalar scale = new Scalar(alpha)) {
      return binary("add", other, () -> handle.add(other.handle, scale));
    }
  }

  /// Element-wise product.
  public Tensor multiply(Tensor other) {
    return binary("multiply", other, () -> handle.mul(other.handle));
  }

  /// Product with a number.
  public Tensor multiply(double factor) {
    try (Scalar scalar = new Scalar(factor)) {
      return new Tensor(handle.mul(scalar));
    }
  }

  /// Quotient.
  public Tensor divide(Tensor other) {
    return binary("divide", other, () -> handle.div(other.handle));
  }

  /// `this + a * b`, element-wise in one pass.
  public Tensor addProduct(Tensor a, Tensor b) {
    return binary("addProduct", a, () -> torch.addcmul(handle, a.handle, b.handle));
  }

  /// Sum over dimension `dim`, which disappears.
  public Tensor sum(long dim) {
    return new Tensor(handle.sum(dim));
  }

  /// SiLU: `x * sigmoid(x)`.
  public Tensor silu() {
    return new Tensor(torch.silu(handle));
  }

  /// Softmax over the last dimension.
  public Tensor softmax() {
    return new Tensor(torch.softmax(handle, -1));
  }

  /// Scales each row to unit root mean square: `x / sqrt(mean(x^2) + eps)`
  /// (Zhang and Sennrich 2019, arXiv 1910.07467). The mean is taken in FP32.
  /// @return same shape and type
  public Tensor rmsNormalize(double eps) {
    return new Tensor(Ops.rmsNorm(handle, eps));
  }

  /// Scales each row to mean zero and unit variance: `(x - mean) / sqrt(var + eps)` (Ba et al.
  /// 2016, arXiv 1607.06450).
  /// @return same shape and type
  public Tensor layerNormalize(double eps) {
    return new Tensor(Ops.layerNorm(handle, eps));
  }

  /// GELU in GPT-2's tanh form (Hendrycks and Gimpel 2016, arXiv 1606.08415).
  public Tensor gelu() {
    return new Tensor(torch.gelu(handle, "tanh"));
  }

  /// Rows of `this` `[vocab, dim]` picked by `ids`.
  /// @return `[ids..., dim]`
  public Tensor rows(Tensor ids) {
    return new Tensor(torch.embedding(handle, ids.handle));
  }

  /// Same values in another element type (itself where it already fits).
  public Tensor to(DType dtype) {
    return dtype() == dtype ? this : new Tensor(handle.to(dtype.scalarType));
  }

  // ---- gradients ---------------------------------------------------------------------------

  /// Marks a leaf as trainable.
  public Tensor requireGrad() {
    handle.set_requires_grad(true);
    return this;
  }

  /// The same memory without its history of operations.
  public Tensor detach() {
    return new Tensor(handle.detach());
  }

  /// Back-propagates from this scalar; gradients add up in the leaves.
  public void backward() {
    handle.backward();
  }

  /// Back-propagates from this tensor with the given gradient of the same shape.
  public void backward(Tensor gradient) {
    Ops.backward(handle, gradient.handle);
  }

  /// The gradient of a leaf; a bug to ask before any `backward`.
  public Tensor grad() {
    org.bytedeco.pytorch.Tensor grad = handle.grad();
    if (!grad.defined()) {
      throw new IllegalStateException("no gradient has been computed");
    }
    return new Tensor(grad);
  }

  /// The gradient of a leaf, which forgets it.
  public Tensor takeGrad() {
    // grad() is a reference to the leaf's own slot: copy the handle before it is emptied.
    Tensor taken = new Tensor(new org.bytedeco.pytorch.Tensor(grad().handle));
    clearGrad();
    return taken;
  }

  /// Adds to this leaf's gradient, or makes `gradient` its gradient where it has none.
  public void addGrad(Tensor gradient) {
    if (handle.grad().defined()) { // may have been left in a narrower type
      handle.mutable_grad().put(handle.grad().to(handle.scalar_type()).add_(gradient.handle));
    } else {
      handle.mutable_grad().put(gradient.handle);
    }
  }

  /// Forgets the gradient.
  public void clearGrad() {
    if (handle.grad().defined()) {
      handle.mutable_grad().reset();
    }
  }

  // ---- in place ----------------------------------------------------------------------------

  /// Adds `other` to this tensor's own memory.
  public Tensor addInPlace(Tensor other) {
    handle.add_(other.handle);
    return this;
  }

  /// Adds `alpha * other` to this tensor's own memory.
  public Tensor addInPlace(Tensor other, double alpha) {
    try (Scalar scale = new Scalar(alpha)) {
      handle.add_(other.handle, scale);
    }
    return this;
  }

  /// Adds a number to this tensor's own memory.
  public Tensor addInPlace(double number) {
    try (Scalar scalar = new Scalar(number)) {
      handle.add_(scalar);
    }
    return this;
  }

  /// Multiplies this tensor's own memory.
  public Tensor multiplyInPlace(double factor) {
    try (Scalar scalar = new Scalar(factor)) {
      handle.mul_(scalar);
    }
    return this;
  }

  /// Multiplies this tensor's own memory element-wise.
  public Tensor multiplyInPlace(Tensor other) {
    handle.mul_(other.handle);
    return this;
  }

  /// Overwrites this tensor's memory, converting the element type.
  public Tensor copyInPlace(Tensor source) {
    handle.copy_(source.handle);
    return this;
  }

  /// Lets this tensor outlive the scope it was made in.
  public Tensor keep() {
    handle.retainReference();
    return this;
  }

  /// Frees a tensor that was made outside any scope, or kept; its owner calls this once.
  public void free() {
    handle.close();
  }

  // ---- inside ------------------------------------------------------------------------------

  private Tensor binary(
      String operation, @Nullable Tensor other, Supplier<org.bytedeco.pytorch.Tensor> body) {
    try {
      return new Tensor(body.get());
    } catch (RuntimeException e) {
      throw ShapeException.translated(operation, e, this, other);
    }
  }

  private Tensor named(String operation, Supplier<org.bytedeco.pytorch.Tensor> body) {
    return binary(operation, null, body);
  }
}
