/// Where one may go: the targets of the operator's file, with their host keys and credentials.
@NullMarked
package dev.multipod.ssh.target;

import org.jspecify.annotations.NullMarked;
