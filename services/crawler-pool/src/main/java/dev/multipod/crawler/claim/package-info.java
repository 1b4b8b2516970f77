/// Who runs what: tasks claimed under a lease with a fencing token, run, and finished once.
@NullMarked
package dev.multipod.crawler.claim;

import org.jspecify.annotations.NullMarked;
