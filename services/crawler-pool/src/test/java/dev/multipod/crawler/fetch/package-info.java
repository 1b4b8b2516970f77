/// Tests of the parts.
@NullMarked
package dev.multipod.crawler.fetch;

import org.jspecify.annotations.NullMarked;
