@NullMarked
package dev.multipod.kit;

import org.jspecify.annotations.NullMarked;
