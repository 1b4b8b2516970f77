/// The whole system from outside: by HTTP alone, at the address in `MULTIPOD`.
@NullMarked
package dev.multipod.e2e;

import org.jspecify.annotations.NullMarked;
