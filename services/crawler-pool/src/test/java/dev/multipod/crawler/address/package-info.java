/// Tests of the parts.
@NullMarked
package dev.multipod.crawler.address;

import org.jspecify.annotations.NullMarked;
