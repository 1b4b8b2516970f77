package dev.multipod.crawler.task;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// A task as callers see it.
///
/// @param finish its place in the order of endings; 0 while it has not ended
record TaskView(long poolId, long finish, ObjectNode json) {
  boolean ended() {
    return finish > 0;
  }
}
