package dev.multipod.udpecho;

import java.net.InetSocketAddress;

/// How a socket is opened.
///
/// @param sharedPort other sockets, of this process or another, may bind the same port
/// @param batch the most datagrams at once
/// @param slotSize the largest datagram in bytes; a larger one is cut and marked
record SocketOptions(
    InetSocketAddress address,
    boolean sharedPort,
    int batch,
    int slotSize,
    int receiveBuffer,
    int sendBuffer,
    int receiveTimeoutMillis) {}
