/// The tickets' API in one replica.
@NullMarked
package dev.multipod.ticket.sale;

import org.jspecify.annotations.NullMarked;
