/// What tcp-echo and udp-echo share: upper-casing, and the tutorial's client behind HTTP.
@NullMarked
package dev.multipod.echo;

import org.jspecify.annotations.NullMarked;
