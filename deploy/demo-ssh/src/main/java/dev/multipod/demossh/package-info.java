/// A small SSH server on loopback, so that the tour has something to reach.
@NullMarked
package dev.multipod.demossh;

import org.jspecify.annotations.NullMarked;
