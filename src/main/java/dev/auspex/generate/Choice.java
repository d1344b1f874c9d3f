package dev.auspex.generate;

import dev.auspex.config.ConfigException;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The likeliest of given continuations of a prompt, exactly, without scoring them all.
///
/// The continuations form a tree of tokens. A branch is no likelier than its stem, so the tree is
/// searched best first (Hart, Nilsson and Raphael 1968, with no estimate of the rest): the first
/// whole continuation that leads the queue is the likeliest of all. Belongs to the model's thread.
public final class Choice {
  /// Most stems read at once.
  private static final int WIDTH = 8;

  /// Those this much less likely than the likeliest, in nats, wait for their turn.
  private static final double NEAR = 2;

  private final Gpt model;
  private final Node root = new Node();
  private int longest;

  private static final class Node {
    private final TreeMap<Integer, Node> next = new TreeMap<>();
    private int continuation = -1;
  }

  /// A stem, or a whole continuation where `node` has no further tokens to offer.
  private record Stem(Node node, int[] ids, double logprob, boolean whole) {}

  /// @param continuations token ids of each, at least one; of equal ones the first counts
  public Choice(Gpt model, List<int[]> continuations) {
    this.model = model;
    for (int i = 0; i < continuations.size(); i++) {
      Node node = root;
      for (int id : continuations.get(i)) {
        node = node.next.computeIfAbsent(id, _ -> new Node());
      }
      node.continuation = node.continuation < 0 ? i : node.continuation;
      longest = Math.max(longest, continuations.get(i).length);
    }
    if (longest == 0) {
      throw new IllegalArgumentException("continuations: expected one that is not empty");
    }
  }

  /// What was chosen.
  ///
  /// @param continuation its index
  /// @param logprob its log-probability, the sum over its tokens
  /// @param read stems that the model had to read
  public record Chosen(int continuation, double logprob, int read) {}

  /// @param prompt ids; `vocab + k` for image token `k`
  /// @throws ConfigException where the longest does not fit in the context
  public Chosen of(List<Integer> prompt, SeenImages images) {
    int context = model.config().contextLength();
    if (prompt.size() + longest - 1 > context) {
      throw new ConfigException(
          "prompt (%d tokens) and the longest continuation (%d) must fit in the context (%d)"
              .formatted(prompt.size(), longest, context));
    }
    int[] ids = prompt.stream().mapToInt(Integer::intValue).toArray();
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      return search(ids, images);
    }
  }

  private Chosen search(int[] prompt, SeenImages images) {
    Tensor table = images.squares() == 0 ? null : model.see(images.tensor());
    PriorityQueue<Stem> open = new PriorityQueue<>((a, b) -> Double.compare(b.logprob, a.logprob));
    open.add(new Stem(root, new int[0], 0, false));
    int read = 0;
    while (!open.element().whole) {
      List<Stem> some = new ArrayList<>();
      double least = open.element().logprob - NEAR;
      while (some.size() < WIDTH && !open.isEmpty() && isNear(open.element(), least)) {
        some.add(open.remove());
      }
      read += some.size();
      for (Stem longer : grown(prompt, table, some)) {
        open.add(longer);
      }
    }
    Stem best = open.element();
    return new Chosen(best.node.continuation, best.logprob, read);
  }

  private static boolean isNear(Stem stem, double least) {
    return !stem.whole && stem.logprob >= least;
  }

  /// Every stem with each of its next tokens.
  private List<Stem> grown(int[] prompt, @Nullable Tensor table, List<Stem> stems) {
    int seq = prompt.length + stems.stream().mapToInt(stem -> stem.ids.length).max().orElseThrow();
    int[] inputs = new int[stems.size() * seq]; // what follows a stem cannot change it
    int[] lasts = new int[stems.size()];
    for (int row = 0; row < stems.size(); row++) {
      int[] ids = stems.get(row).ids;
      System.arraycopy(prompt, 0, inputs, row * seq, prompt.length);
      System.arraycopy(ids, 0, inputs, row * seq + prompt.length, ids.length);
      lasts[row] = row * seq + prompt.length + ids.length - 1;
    }
    List<Stem> grown = new ArrayList<>();
    try (TensorScope _ = TensorScope.open()) {
      Tensor tokens = Tensor.of(inputs, stems.size(), seq);
      Tensor hidden =
          table == null ? model.forward(tokens, null) : model.forward(tokens, table, null);
      int dim = model.config().dim();
      Tensor last = hidden.reshape(-1, dim).rows(Tensor.of(lasts, lasts.length)); // [N, D]
      Tensor logits = model.logits(last.reshape(1, lasts.length, dim)).to(DType.FP32);
      float[] all = logits.toFloats(); // [1, N, V]
      int vocab = model.config().vocabSize();
      for (int row = 0; row < stems.size(); row++) {
        grow(stems.get(row), Arrays.copyOfRange(all, row * vocab, (row + 1) * vocab), grown);
      }
    }
    return grown;
  }

  private static void grow(Stem stem, float[] logits, List<Stem> into) {
    double normalizer = Generator.logSumExp(logits);
    stem.node.next.forEach(
        (id, node) -> {
          int[] ids = Arrays.copyOf(stem.ids, stem.ids.length + 1);
          ids[stem.ids.length] = id;
          double logprob = stem.logprob + logits[id] - normalizer;
          if (node.continuation >= 0) {
            into.add(new Stem(node, ids, logprob, true));
          }
          if (!node.next.isEmpty()) {
            into.add(new Stem(node, ids, logprob, false));
          }
        });
  }
}
