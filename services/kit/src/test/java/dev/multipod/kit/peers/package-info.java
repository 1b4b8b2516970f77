@NullMarked
package dev.multipod.kit.peers;

import org.jspecify.annotations.NullMarked;
