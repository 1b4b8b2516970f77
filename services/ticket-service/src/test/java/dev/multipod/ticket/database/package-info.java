@NullMarked
package dev.multipod.ticket.database;

import org.jspecify.annotations.NullMarked;
