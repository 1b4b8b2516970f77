/// PostgreSQL as this service needs it: a schema, connections, and whether it is there.
@NullMarked
package dev.multipod.ticket.database;

import org.jspecify.annotations.NullMarked;
