package dev.auspex.tokenizer;

/// The merges of a vocabulary in the order in which they are tried.
///
/// @see #add
final class Merges {
  private final IntList lefts = new IntList(1024);
  private final IntList rights = new IntList(1024);
  private final IntList results = new IntList(1024);
  private final boolean rankIsResult;

  private Merges(boolean rankIsResult) {
    this.rankIsResult = rankIsResult;
  }

  /// Hugging Face's rule: the place in the list decides.
  static Merges byPlace() {
    return new Merges(false);
  }

  /// tiktoken's rule: the id of the result decides.
  static Merges byResult() {
    return new Merges(true);
  }

  void add(int left, int right, int result) {
    lefts.add(left);
    rights.add(right);
    results.add(result);
  }

  int size() {
    return lefts.size();
  }

  int left(int index) {
    return lefts.at(index);
  }

  int right(int index) {
    return rights.at(index);
  }

  int result(int index) {
    return results.at(index);
  }

  int rank(int index) {
    return rankIsResult ? results.at(index) : index;
  }
}
