/// The site as a visitor sees it.
@NullMarked
package dev.multipod.demosite;

import org.jspecify.annotations.NullMarked;
