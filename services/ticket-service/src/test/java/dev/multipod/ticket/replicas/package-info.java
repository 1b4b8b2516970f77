/// Whole replicas as processes, and what happens to them.
@NullMarked
package dev.multipod.ticket.replicas;

import org.jspecify.annotations.NullMarked;
