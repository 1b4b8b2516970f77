/// Waiting as a long poll: bounded in time and in callers, on virtual threads.
@NullMarked
package dev.multipod.kit.wait;

import org.jspecify.annotations.NullMarked;
