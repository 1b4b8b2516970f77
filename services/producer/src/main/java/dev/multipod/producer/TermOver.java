package dev.multipod.producer;

/// The term ended before the work was done. Whoever asked asks the next owner, with the same key.
final class TermOver extends Exception {
  private static final long serialVersionUID = 1L;

  TermOver(String why) {
    super(why, null, false, false);
  }
}
