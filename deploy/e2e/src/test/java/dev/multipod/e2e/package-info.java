/// The tutorial, section by section, against a running system.
@NullMarked
package dev.multipod.e2e;

import org.jspecify.annotations.NullMarked;
