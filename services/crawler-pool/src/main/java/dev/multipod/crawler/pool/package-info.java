/// Pools: made, closed, joined, and what they hold.
@NullMarked
package dev.multipod.crawler.pool;

import org.jspecify.annotations.NullMarked;
