/// The service as others see it: real replicas, a real database, a real site.
@NullMarked
package dev.multipod.crawler;

import org.jspecify.annotations.NullMarked;
