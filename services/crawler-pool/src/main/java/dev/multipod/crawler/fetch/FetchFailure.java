package dev.multipod.crawler.fetch;

/// A request that brought no usable answer. The message is for the caller and names no address.
final class FetchFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private final String code;
  private final boolean retryable;

  private FetchFailure(String code, boolean retryable, String detail) {
    super(detail);
    this.code = code;
    this.retryable = retryable;
  }

  /// Trying again would not help.
  static FetchFailure lasting(String code, String detail) {
    return new FetchFailure(code, false, detail);
  }

  /// The connection broke or was refused: trying again may help.
  static FetchFailure passing(String code, String detail) {
    return new FetchFailure(code, true, detail);
  }

  String code() {
    return code;
  }

  boolean retryable() {
    return retryable;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
