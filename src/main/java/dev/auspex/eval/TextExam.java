package dev.auspex.eval;

import dev.auspex.data.Document;
import dev.auspex.data.DocumentReader;
import dev.auspex.data.Drops;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.interchange.TokenRules;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures how well a model foretells a text: perplexity, and bits per byte, which do not depend
/// on the vocabulary.
///
/// The text is what `data build` would make of the path, document by document. Each begins with
/// the start token where the model's texts do (else its first token is not foretold) and is read
/// in windows of the context; a later window begins with the last token of the one before, so that
/// each token is foretold once. Belongs to the model's thread.
public final class TextExam {
  /// Logits held at a time.
  private static final long MOST_LOGITS = 1L << 24;

  private final Gpt model;
  private final Tokenizer tokenizer;
  private final TokenRules rules;

  /// @param model computing in FP32
  /// @param tokenizer its vocabulary
  /// @param rules how its texts begin
  public TextExam(Gpt model, Tokenizer tokenizer, TokenRules rules) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.rules = rules;
  }

  /// What one window came to.
  ///
  /// @param nats negative log-likelihood of its tokens
  /// @param tokens tokens foretold
  /// @param bytes of text they stand for
  public record Window(double nats, long tokens, long bytes) {
    /// All of them as one.
    public static Window sum(List<Window> windows) {
      double nats = 0;
      long tokens = 0;
      long bytes = 0;
      for (Window window : windows) {
        nats += window.nats;
        tokens += window.tokens;
        bytes += window.bytes;
      }
      return new Window(nats, tokens, bytes);
    }

    /// `exp` of the nats a token.
    public double perplexity() {
      return Math.exp(nats / tokens);
    }

    /// Bits a byte of text.
    public double bitsPerByte() {
      return nats / Math.log(2) / bytes;
    }
  }

  /// The documents of a file, folder or archive.
  public static List<Document> documents(Path path, Progress progress) {
    Source source = Source.of(List.of(path), List.of()).getFirst();
    source.requireReadable();
    List<Document> documents = new ArrayList<>();
    Drops drops = new Drops(source.name(), progress);
    DocumentReader.read(source, ReadOptions.STANDARD, drops, documents::add, _ -> {});
    if (documents.isEmpty()) {
      throw new EvalException("text (" + path + ") must hold text; nothing was taken");
    }
    return documents;
  }

  /// Measures the documents.
  ///
  /// @param most windows at most, from the beginning
  public List<Window> examine(List<Document> documents, int most, Progress progress) {
    List<Window> windows = new ArrayList<>();
    progress.start("text", documents.size(), "documents");
    for (int i = 0; i < documents.size() && windows.size() < most; i++) {
      windows.addAll(windows(documents.get(i).text(), most - windows.size()));
      progress.update(i + 1, "");
    }
    progress.finish();
    if (windows.isEmpty()) {
      throw new EvalException("text () must have a second token; the first is not foretold");
    }
    return windows;
  }

  private List<Window> windows(byte[] text, int most) {
    int[] ids = tokenizer.encode(text);
    boolean start = rules.addStart() && rules.start() >= 0;
    int[] all = ids;
    if (start) {
      all = new int[ids.length + 1];
      all[0] = rules.start();
      System.arraycopy(ids, 0, all, 1, ids.length);
    }
    requireRows(all);
    long[] bytesBefore = bytesBefore(all, start ? 1 : 0, text.length);
    List<Window> windows = new ArrayList<>();
    int length = model.config().contextLength();
    for (int at = 0; at + 1 < all.length && windows.size() < most; at += length) {
      int end = Math.min(all.length, at + length + 1);
      int first = at == 0 && !start ? 1 : at + 1;
      long bytes = bytesBefore[end] - bytesBefore[first];
      windows.add(new Window(nats(Arrays.copyOfRange(all, at, end)), end - at - 1, bytes));
    }
    return windows;
  }

  private void requireRows(int[] ids) {
    for (int id : ids) {
      if (id >= model.config().vocabSize()) {
        throw new EvalException(
            "token id (%d) must be below the model's vocab_size (%d); its tokenizer is larger"
                .formatted(id, model.config().vocabSize()));
      }
    }
  }

  /// How much of the text stands before each token; stretched where tokens say more or less than
  /// the text, such as a space in front or unknown characters.
  private long[] bytesBefore(int[] ids, int from, int length) {
    long[] said = new long[ids.length + 1];
    for (int i = from; i < ids.length; i++) {
      said[i + 1] = said[i] + tokenizer.tokenBytes(ids[i]).length;
    }
    double stretch = (double) length / Math.max(1, said[ids.length]);
    return Arrays.stream(said).map(bytes -> Math.round(stretch * bytes)).toArray();
  }

  /// @param ids the window's tokens and the one behind them
  private double nats(int[] ids) {
    int count = ids.length - 1;
    int some = (int) Math.max(1, Math.min(count, MOST_LOGITS / model.config().vocabSize()));
    double nats = 0;
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor hidden =
          model.forward(Tensor.of(Arrays.copyOf(ids, count), 1, count), null); // [1,T,D]
      for (int at = 0; at < count; at += some) {
        int rows = Math.min(some, count - at);
        try (TensorScope _ = TensorScope.open()) {
          Tensor logits = model.logits(hidden.narrow(1, at, rows)).reshape(rows, -1); // [rows, V]
          Tensor targets = Tensor.of(Arrays.copyOfRange(ids, at + 1, at + 1 + rows), rows);
          nats += Fused.crossEntropy(logits.to(DType.FP32), targets, false).item();
        }
      }
    }
    return nats;
  }
}
