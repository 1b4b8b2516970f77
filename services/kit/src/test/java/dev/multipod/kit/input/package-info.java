@NullMarked
package dev.multipod.kit.input;

import org.jspecify.annotations.NullMarked;
