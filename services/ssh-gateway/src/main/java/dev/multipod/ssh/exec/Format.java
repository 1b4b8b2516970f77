package dev.multipod.ssh.exec;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/// The forms an execution is told in.
enum Format {
  /// One JSON object a line, as things happen.
  EVENTS("application/x-ndjson"),
  /// Standard output alone, byte for byte.
  TEXT("text/plain"),
  /// One JSON object when it is over.
  WHOLE("application/json");

  static final String EVENTS_TYPE = "application/x-ndjson";

  private final String mediaType;

  Format(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  /// The first of the accepted types, in the caller's order, that there is; [#EVENTS] for any.
  ///
  /// @throws NotAcceptableException when there is none
  static Format accepted(List<MediaType> types) {
    for (MediaType type : types) {
      for (Format format : values()) {
        if (type.isCompatible(MediaType.valueOf(format.mediaType))) {
          return format;
        }
      }
    }
    throw new NotAcceptableException();
  }
}
