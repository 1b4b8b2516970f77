/// Selling tickets and handing on a lock, against what one would take instead.
@NullMarked
package dev.multipod.bench.tickets;

import org.jspecify.annotations.NullMarked;
