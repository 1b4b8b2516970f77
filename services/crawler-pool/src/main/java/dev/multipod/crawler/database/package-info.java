/// The connection to PostgreSQL: schema, transactions, and hints that something changed.
@NullMarked
package dev.multipod.crawler.database;

import org.jspecify.annotations.NullMarked;
