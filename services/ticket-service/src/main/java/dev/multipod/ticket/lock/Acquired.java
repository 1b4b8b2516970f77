package dev.multipod.ticket.lock;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What came of asking for a lock.
public sealed interface Acquired {
  /// The caller holds the lock.
  ///
  /// @param token rises with every grant; what is protected by the lock must refuse a lower one
  /// @param left how long from now, unless it is renewed
  /// @param again whether this owner held it already
  /// @param tookOver whether a lease that ran out was ended for it
  /// @param askedAt the moment before the database was asked, by `System.nanoTime()`
  record Granted(long token, Duration left, boolean again, boolean tookOver, long askedAt)
      implements Acquired {}

  /// Another holds it, or stands before the caller.
  ///
  /// @param holder the owner now, if there is one
  /// @param pod the replica that the holder asked
  /// @param position the caller's place in the queue, from 1
  /// @param left how long the holder's lease still lasts
  record Waiting(@Nullable UUID holder, @Nullable String pod, int position, Duration left)
      implements Acquired {}

  /// The queue of this lock is full.
  record Full() implements Acquired {}

  /// The caller went away while it waited, and left the queue.
  record Gone() implements Acquired {}
}
