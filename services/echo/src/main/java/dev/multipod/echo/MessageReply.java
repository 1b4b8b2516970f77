package dev.multipod.echo;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/// One message, answered.
///
/// @param reply what came back
/// @param replica the replica whose raw socket read the message
/// @param roundTripMicros from the last try's sending to its reply, in microseconds
/// @param retries how often it had to be sent again
@Schema(description = "One message, answered by the raw socket of the replica that is named.")
public record MessageReply(String reply, String replica, long roundTripMicros, int retries) {}
