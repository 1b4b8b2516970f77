/// Files of a target by SFTP: got in ranges, put as a whole or not at all.
@NullMarked
package dev.multipod.ssh.files;

import org.jspecify.annotations.NullMarked;
