/// One address for every service: a replica is chosen for each request, and bytes stream through.
@NullMarked
package dev.multipod.gateway;

import org.jspecify.annotations.NullMarked;
