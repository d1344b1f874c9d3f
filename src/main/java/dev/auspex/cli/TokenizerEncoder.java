package dev.auspex.cli;

import dev.auspex.data.DataException;
import dev.auspex.data.TokenEncoder;
import dev.auspex.interchange.TokenRules;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// A vocabulary as datasets see it. Documents end in `<|end|>`, or in `<|endoftext|>` where other
/// people's vocabularies have that; those of a given model also as its rules say.
final class TokenizerEncoder implements TokenEncoder {
  private static final String FILE = "tokenizer.json";
  private static final List<String> ENDS = List.of("<|end|>", "<|endoftext|>", "</s>");

  private final Tokenizer tokenizer;
  private final int startId;
  private final int endId;
  private final int addedBytes;

  TokenizerEncoder(Tokenizer tokenizer) {
    this(tokenizer, new TokenRules(-1, false, List.of(), null));
  }

  /// Texts begin and end as the model has them.
  TokenizerEncoder(Tokenizer tokenizer, TokenRules rules) {
    this.tokenizer = tokenizer;
    this.endId =
        Stream.concat(ends(tokenizer), rules.ends().stream())
            .findFirst()
            .orElseThrow(
                () ->
                    new DataException(
                        "tokenizer must have a special token that ends documents: one of "
                            + String.join(", ", ENDS)));
    this.startId = rules.addStart() && rules.start() != endId ? rules.start() : -1;
    this.addedBytes = Arrays.stream(tokenizer.encode("a")).map(this::byteLength).sum() - 1;
  }

  private static Stream<Integer> ends(Tokenizer tokenizer) {
    return ENDS.stream()
        .map(tokenizer::specialId)
        .filter(OptionalInt::isPresent)
        .map(OptionalInt::getAsInt);
  }

  @Override
  public int vocabSize() {
    return tokenizer.vocabSize();
  }

  @Override
  public int[] encode(byte[] text) {
    int[] ids = tokenizer.encode(text);
    if (startId < 0) {
      return ids;
    }
    int[] begun = new int[ids.length + 1];
    begun[0] = startId;
    System.arraycopy(ids, 0, begun, 1, ids.length);
    return begun;
  }

  @Override
  public int addedBytes() {
    return addedBytes;
  }

  @Override
  public int endId() {
    return endId;
  }

  @Override
  public int byteLength(int id) {
    return tokenizer.isSpecial(id) ? 0 : tokenizer.tokenBytes(id).length;
  }

  @Override
  public List<String> saveTo(Path folder) {
    tokenizer.save(folder.resolve(FILE));
    return List.of(FILE);
  }
}
