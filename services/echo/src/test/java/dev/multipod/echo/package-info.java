@NullMarked
package dev.multipod.echo;

import org.jspecify.annotations.NullMarked;
