/// Upper-cases what comes over TCP until end of file: many connections, each of them bounded.
@NullMarked
package dev.multipod.tcpecho;

import org.jspecify.annotations.NullMarked;
