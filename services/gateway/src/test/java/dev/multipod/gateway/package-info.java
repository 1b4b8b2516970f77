/// The gateway in front of real servers, well and badly behaved.
@NullMarked
package dev.multipod.gateway;

import org.jspecify.annotations.NullMarked;
