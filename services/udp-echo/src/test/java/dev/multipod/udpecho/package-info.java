@NullMarked
package dev.multipod.udpecho;

import org.jspecify.annotations.NullMarked;
