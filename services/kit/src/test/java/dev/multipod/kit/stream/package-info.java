@NullMarked
package dev.multipod.kit.stream;

import org.jspecify.annotations.NullMarked;
