@NullMarked
package dev.multipod.gate;

import org.jspecify.annotations.NullMarked;
