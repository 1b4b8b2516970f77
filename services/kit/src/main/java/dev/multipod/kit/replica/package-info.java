/// Which process this is, and how it stops.
@NullMarked
package dev.multipod.kit.replica;

import org.jspecify.annotations.NullMarked;
