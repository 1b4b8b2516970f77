/// Which addresses may be fetched from, and nothing else.
@NullMarked
package dev.multipod.crawler.address;

import org.jspecify.annotations.NullMarked;
