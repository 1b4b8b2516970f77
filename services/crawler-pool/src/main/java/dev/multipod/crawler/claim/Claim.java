package dev.multipod.crawler.claim;

import dev.multipod.crawler.task.TaskSpec;

/// A task that this replica may run until the lease ends.
///
/// @param token higher than that of any earlier claim; a result counts only with the newest
/// @param retries how often the site made it be tried again
public record Claim(long task, long pool, long token, TaskSpec spec, int attempts, int retries) {}
