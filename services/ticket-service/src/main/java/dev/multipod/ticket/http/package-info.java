/// What callers send.
@NullMarked
package dev.multipod.ticket.http;

import org.jspecify.annotations.NullMarked;
