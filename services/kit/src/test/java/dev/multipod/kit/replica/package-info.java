@NullMarked
package dev.multipod.kit.replica;

import org.jspecify.annotations.NullMarked;
