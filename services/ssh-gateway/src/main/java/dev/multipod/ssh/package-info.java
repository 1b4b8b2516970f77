/// Commands and files over SSH, by HTTP: `target` is where one may go, `connect` how one gets
/// there, `exec` and `files` what one does.
@NullMarked
package dev.multipod.ssh;

import org.jspecify.annotations.NullMarked;
