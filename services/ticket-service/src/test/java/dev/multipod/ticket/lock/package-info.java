/// The lock's API in one replica.
@NullMarked
package dev.multipod.ticket.lock;

import org.jspecify.annotations.NullMarked;
