/// What a caller may send: names, durations, text, keys. Bad input is a clear 4xx and changes
/// nothing.
@NullMarked
package dev.multipod.kit.input;

import org.jspecify.annotations.NullMarked;
