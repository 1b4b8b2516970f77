/// Events, orders, and the ways to sell a ticket.
@NullMarked
package dev.multipod.ticket.sale;

import org.jspecify.annotations.NullMarked;
