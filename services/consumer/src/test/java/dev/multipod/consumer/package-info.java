@NullMarked
package dev.multipod.consumer;

import org.jspecify.annotations.NullMarked;
