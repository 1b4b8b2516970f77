/// Errors as RFC 9457 problem details: one exception to throw, one shape to read.
@NullMarked
package dev.multipod.kit.problem;

import org.jspecify.annotations.NullMarked;
