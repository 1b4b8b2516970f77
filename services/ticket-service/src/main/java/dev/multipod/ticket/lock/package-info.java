/// A fair, fenced lock with leases, for any program.
@NullMarked
package dev.multipod.ticket.lock;

import org.jspecify.annotations.NullMarked;
