package dev.auspex.cli;

import dev.auspex.data.DataException;
import dev.auspex.data.TokenEncoder;
import dev.auspex.tokenizer.BpeTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// A byte-level BPE vocabulary as datasets see it. Documents end in `<|end|>`, or in
/// `<|endoftext|>` where other people's vocabularies have that.
final class TokenizerEncoder implements TokenEncoder {
  private static final String FILE = "tokenizer.json";
  private static final List<String> ENDS = List.of("<|end|>", "<|endoftext|>");

  private final BpeTokenizer tokenizer;
  private final int endId;

  TokenizerEncoder(BpeTokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.endId =
        ends(tokenizer)
            .findFirst()
            .orElseThrow(
                () ->
                    new DataException(
                        "tokenizer must have a special token that ends documents: one of "
                            + String.join(", ", ENDS)));
  }

  private static Stream<Integer> ends(BpeTokenizer tokenizer) {
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
    return tokenizer.encode(text);
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
