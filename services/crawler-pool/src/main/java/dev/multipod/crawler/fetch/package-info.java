/// One page fetched: politely, within limits, as text.
@NullMarked
package dev.multipod.crawler.fetch;

import org.jspecify.annotations.NullMarked;
