@NullMarked
package dev.multipod.producer;

import org.jspecify.annotations.NullMarked;
