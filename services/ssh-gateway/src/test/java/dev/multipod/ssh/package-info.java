/// Against a real OpenSSH, the demonstration server, and servers that misbehave.
@NullMarked
package dev.multipod.ssh;

import org.jspecify.annotations.NullMarked;
