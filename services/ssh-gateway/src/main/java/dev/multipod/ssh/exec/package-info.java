/// Commands at a target: started, streamed, bounded, cancelled.
@NullMarked
package dev.multipod.ssh.exec;

import org.jspecify.annotations.NullMarked;
