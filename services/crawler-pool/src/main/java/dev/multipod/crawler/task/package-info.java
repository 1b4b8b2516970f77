/// Tasks: what can be asked for, submitted once, and their results.
@NullMarked
package dev.multipod.crawler.task;

import org.jspecify.annotations.NullMarked;
