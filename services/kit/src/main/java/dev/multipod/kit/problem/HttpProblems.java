package dev.multipod.kit.problem;

/// The problems that HTTP itself has names for.
final class HttpProblems {
  private HttpProblems() {}

  static Problem forStatus(int status) {
    return switch (status) {
      case 400 ->
          of(
              status,
              "malformed-request",
              "The request cannot be read",
              "Check the path, the query and the headers.");
      case 401 ->
          of(
              status,
              "unauthenticated",
              "No valid token",
              "Send 'Authorization: Bearer TOKEN'; the README says where a token comes from.");
      case 403 ->
          of(
              status,
              "forbidden",
              "The token does not allow this",
              "Ask the operator for the role that this call needs.");
      case 404 ->
          of(
              status,
              "not-found",
              "Nothing is here",
              "Check the path; each service lists its paths at /SERVICE/openapi.");
      case 405 ->
          of(
              status,
              "method-not-allowed",
              "The method does not fit the path",
              "The Allow header lists the methods that do.");
      case 406 ->
          of(
              status,
              "not-acceptable",
              "None of the accepted types can be produced",
              "Send an Accept header that this path can serve, or none.");
      case 413 ->
          of(
              status,
              "too-large",
              "The body is too large",
              "Send less at once; the limit is a setting named in the service's README.");
      case 414 -> of(status, "uri-too-long", "The address is too long", "Send less in the query.");
      case 415 ->
          of(
              status,
              "unsupported-media-type",
              "The Content-Type does not fit",
              "Send the Content-Type that this path reads; JSON is application/json.");
      case 431 ->
          of(
              status,
              "headers-too-large",
              "The headers are too large",
              "Send fewer or shorter headers.");
      case 503 -> of(status, "unavailable", "Not available now", "Retry after a moment.");
      default -> of(status, "http-" + status, "HTTP status " + status, "See the HTTP status.");
    };
  }

  private static Problem of(int status, String slug, String title, String detail) {
    return Problem.of(status, slug, title, detail);
  }
}
