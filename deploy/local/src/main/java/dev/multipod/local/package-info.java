/// The whole system on one machine, as processes.
@NullMarked
package dev.multipod.local;

import org.jspecify.annotations.NullMarked;
