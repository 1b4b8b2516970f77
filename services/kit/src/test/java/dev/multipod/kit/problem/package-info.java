@NullMarked
package dev.multipod.kit.problem;

import org.jspecify.annotations.NullMarked;
