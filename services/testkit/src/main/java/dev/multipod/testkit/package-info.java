/// Real servers as child processes, and faults for them.
@NullMarked
package dev.multipod.testkit;

import org.jspecify.annotations.NullMarked;
