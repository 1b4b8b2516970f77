package dev.multipod.kit.peers;

import java.util.OptionalInt;

/// One replica of a service.
///
/// @param name the replica's name: the pod's in a cluster, `<service>-<number>` on a laptop
/// @param host an address or host name
/// @param httpPort where it speaks HTTP
/// @param rawPort where its own raw socket listens, for a service that has one
public record Peer(String name, String host, int httpPort, OptionalInt rawPort) {}
