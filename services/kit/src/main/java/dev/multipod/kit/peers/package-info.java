/// The replicas of a service, wherever it runs.
@NullMarked
package dev.multipod.kit.peers;

import org.jspecify.annotations.NullMarked;
