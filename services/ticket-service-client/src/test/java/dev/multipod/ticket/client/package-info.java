@NullMarked
package dev.multipod.ticket.client;

import org.jspecify.annotations.NullMarked;
