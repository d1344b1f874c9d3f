package dev.auspex.eval;

import dev.auspex.generate.Draws;
import dev.auspex.interchange.TokenRules;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Measures a model's pass rate at temperature 1 on each of some problems.
///
/// Where one answer is right, the rate is the probability of its tokens and the end of its line
/// after the question, read off in one pass: exact, for a vocabulary of bytes; with larger tokens
/// other spellings of the same answer are left out. Where several are right, texts are drawn and
/// checked until enough pass, see {@link LogPassRate}. Belongs to the model's thread.
public final class Examiner {
  private static final int BATCH = 64;
  private static final int FIRST_ROUND = 16;
  private static final int LARGEST_ROUND = 512;
  private static final int LONGEST_ANSWER = 24;

  private final Gpt model;
  private final Tokenizer tokenizer;
  private final TokenRules rules;
  private final JavaSandbox sandbox;

  /// @param model computing in FP32
  /// @param tokenizer its vocabulary
  /// @param rules how its texts begin and end
  /// @param sandbox what runs the expressions it writes
  public Examiner(Gpt model, Tokenizer tokenizer, TokenRules rules, JavaSandbox sandbox) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.rules = rules;
    this.sandbox = sandbox;
  }

  /// The outcomes, in the order of the problems.
  public List<Outcome> examine(List<Problem> problems, Sampling sampling, Progress progress) {
    Map<Problem, Outcome> outcomes = new HashMap<>();
    List<Problem> exact = of(problems, Problem.Check.EXACT);
    List<Problem> open = of(problems, Problem.Check.JAVA_VALUE);
    progress.start("examination", problems.size(), "problems");
    for (int at = 0; at < exact.size(); at += BATCH) {
      List<Problem> batch = exact.subList(at, Math.min(exact.size(), at + BATCH));
      double[] logRates = logProbabilities(batch);
      for (int i = 0; i < logRates.length; i++) {
        outcomes.put(
            batch.get(i),
            new Outcome(batch.get(i), logRates[i], Math.exp(logRates[i]), 0, 0, false));
      }
      progress.update(outcomes.size(), "");
    }
    sample(open, sampling)
        .forEach(
            (problem, rate) ->
                outcomes.put(
                    problem,
                    new Outcome(
                        problem,
                        rate.logRate(),
                        rate.rate(),
                        rate.draws(),
                        rate.passes(),
                        rate.capped())));
    progress.finish();
    return problems.stream().map(outcomes::get).toList();
  }

  private static List<Problem> of(List<Problem> problems, Problem.Check check) {
    return problems.stream().filter(problem -> problem.check() == check).toList();
  }

  /// Natural log-probability of each answer and its end after its question.
  private double[] logProbabilities(List<Problem> problems) {
    int rows = problems.size();
    List<List<Integer>> texts = new ArrayList<>();
    int[] starts = new int[rows];
    int longest = 0;
    for (int row = 0; row < rows; row++) {
      List<Integer> ids = prompt(problems.get(row));
      starts[row] = ids.size();
      for (int id : tokenizer.encode(problems.get(row).answer() + Problem.END)) {
        ids.add(id);
      }
      texts.add(ids);
      longest = Math.max(longest, ids.size());
    }
    requireRoom(longest);
    int width = longest;
    int[] inputs = new int[rows * width]; // what is too short goes on with token 0, unread
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < texts.get(row).size(); i++) {
        inputs[row * width + i] = texts.get(row).get(i);
      }
    }
    float[] logits = logits(inputs, rows);
    int vocabulary = logits.length / inputs.length;
    double[] sums = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int i = starts[row]; i < texts.get(row).size(); i++) {
        int before = (row * width + i - 1) * vocabulary;
        sums[row] += logProbability(logits, before, vocabulary, texts.get(row).get(i));
      }
    }
    return sums;
  }

  private List<Integer> prompt(Problem problem) {
    return new ArrayList<>(rules.promptIds(tokenizer, problem.question()));
  }

  private void requireRoom(int tokens) {
    if (tokens > model.config().contextLength()) {
      throw new EvalException(
          "problem (%d tokens with its answer) must fit the model's context (%d)"
              .formatted(tokens, model.config().contextLength()));
    }
  }

  private float[] logits(int[] inputs, int rows) {
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor hidden = model.forward(Tensor.of(inputs, rows, inputs.length / rows), null);
      return model.logits(hidden).to(DType.FP32).toFloats(); // [B, T, V]
    }
  }

  private static double logProbability(float[] logits, int start, int count, int id) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = start; i < start + count; i++) {
      max = Math.max(max, logits[i]);
    }
    double sum = 0;
    for (int i = start; i < start + count; i++) {
      sum += Math.exp(logits[i] - max);
    }
    return logits[start + id] - max - Math.log(sum);
  }

  /// Draws in rounds that double, so that all expressions of a round share one run of the sandbox.
  private Map<Problem, LogPassRate> sample(List<Problem> problems, Sampling sampling) {
    Draws draws = new Draws(model, tokenizer, rules.ends());
    Map<Problem, LogPassRate> rates = new HashMap<>();
    problems.forEach(
        problem -> rates.put(problem, new LogPassRate(sampling.passes(), sampling.maxDraws())));
    Map<String, Optional<String>> values = new HashMap<>();
    long seed = sampling.seed();
    List<Problem> rest = problems;
    for (int round = FIRST_ROUND; !rest.isEmpty(); round = Math.min(LARGEST_ROUND, 2 * round)) {
      Map<Problem, List<Optional<String>>> written = new HashMap<>();
      for (Problem problem : rest) {
        List<Integer> prompt = prompt(problem);
        requireRoom(prompt.size() + LONGEST_ANSWER);
        written.put(problem, draws.draw(prompt, round, LONGEST_ANSWER, Problem.END, seed++));
      }
      run(written.values(), values);
      written.forEach(
          (problem, texts) ->
              texts.forEach(
                  text ->
                      rates
                          .get(problem)
                          .add(text.map(it -> passes(it, problem, values)).orElse(false))));
      rest = rest.stream().filter(problem -> !rates.get(problem).done()).toList();
    }
    return rates;
  }

  private void run(Iterable<List<Optional<String>>> written, Map<String, Optional<String>> values) {
    List<String> fresh = new ArrayList<>();
    written.forEach(
        texts ->
            texts.stream()
                .flatMap(Optional::stream)
                .filter(text -> hasOperator(text) && !values.containsKey(text))
                .forEach(fresh::add));
    List<String> different = fresh.stream().distinct().toList();
    List<Optional<String>> found = sandbox.values(different);
    for (int i = 0; i < different.size(); i++) {
      values.put(different.get(i), found.get(i));
    }
  }

  private static boolean passes(
      String text, Problem problem, Map<String, Optional<String>> values) {
    return values.getOrDefault(text, Optional.empty()).filter(problem.answer()::equals).isPresent();
  }

  /// Whether a text has an operator after its first character, where it would only be a sign; a
  /// number alone, or with a comment, is no expression.
  private static boolean hasOperator(String text) {
    return !text.contains("//")
        && !text.contains("/*")
        && text.chars().skip(1).anyMatch(c -> "+-*/%&|^<>?".indexOf(c) >= 0);
  }
}
