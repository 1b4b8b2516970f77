/// How one gets to a target: checked host keys, one login that is never retried, a bounded pool.
@NullMarked
package dev.multipod.ssh.connect;

import org.jspecify.annotations.NullMarked;
