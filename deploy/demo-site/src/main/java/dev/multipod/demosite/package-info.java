/// A web site of known content.
@NullMarked
package dev.multipod.demosite;

import org.jspecify.annotations.NullMarked;
