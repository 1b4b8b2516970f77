/// Upper-cases each datagram. The kernel's socket buffer is the only queue.
@NullMarked
package dev.multipod.udpecho;

import org.jspecify.annotations.NullMarked;
