/// The lock of ticket-service for Java programs: [dev.multipod.ticket.client.LockClient].
@NullMarked
package dev.multipod.ticket.client;

import org.jspecify.annotations.NullMarked;
