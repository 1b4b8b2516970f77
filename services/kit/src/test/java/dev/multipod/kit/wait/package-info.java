@NullMarked
package dev.multipod.kit.wait;

import org.jspecify.annotations.NullMarked;
