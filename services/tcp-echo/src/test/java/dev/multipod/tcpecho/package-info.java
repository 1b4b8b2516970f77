@NullMarked
package dev.multipod.tcpecho;

import org.jspecify.annotations.NullMarked;
