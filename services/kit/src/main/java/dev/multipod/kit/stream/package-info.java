/// What happens, told a line at a time while it happens.
@NullMarked
package dev.multipod.kit.stream;

import org.jspecify.annotations.NullMarked;
