package dev.auspex.train;

import dev.auspex.config.ConfigException;
import java.util.List;

/// How text is read when `data` names text rather than a finished dataset.
///
/// @param include file name globs; empty for all
/// @param stripLicenceHeaders whether a licence comment at the top of source code is removed
/// @param heldout share of the documents kept from training
/// @param maxBytes most bytes of text used, chosen by content hash; 0 for all
/// @param tokenizerBytes most bytes the vocabulary is trained on
public record TextConfig(
    List<String> include,
    boolean stripLicenceHeaders,
    double heldout,
    long maxBytes,
    long tokenizerBytes) {
  public TextConfig {
    include = List.copyOf(include);
    if (!(heldout > 0 && heldout < 1)) {
      throw new ConfigException("heldout (" + heldout + ") must lie in (0, 1)");
    }
    if (maxBytes < 0 || tokenizerBytes < 1) {
      throw new ConfigException(
          "max_bytes (%d) must be 0 or more and tokenizer_bytes (%d) positive"
              .formatted(maxBytes, tokenizerBytes));
    }
  }
}
