@NullMarked
package dev.multipod.queue;

import org.jspecify.annotations.NullMarked;
