package dev.multipod.ticket.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;

/// Takes locks of a ticket-service, from any number of threads.
///
/// ```java
/// LockClient locks = LockClient.at(URI.create("http://127.0.0.1:8080"));
/// try (Lease lease = locks.acquire("report", Duration.ofMinutes(1))) {
///   …                        // renewed meanwhile
///   lease.check();           // before each step that must not be done by two
///   store.write(lease.token(), report);   // and refuse lower tokens there
/// }
/// ```
public final class LockClient implements AutoCloseable {
  /// One question to the service waits for so long at most; a longer wait asks again.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  private static final Duration PAUSE = Duration.ofMillis(250);

  /// How to make one.
  public static final class Builder {
    private final URI address;
    private Duration ttl = Duration.ofSeconds(10);
    private Supplier<String> bearer = () -> "";

    private Builder(URI address) {
      this.address = address;
    }

    /// How long a lease lasts without a renewal, 10 s unless said: what a dead holder costs the
    /// next. The service has bounds for it (500 ms and 5 min, unless set).
    public Builder ttl(Duration time) {
      this.ttl = Objects.requireNonNull(time);
      return this;
    }

    /// Asked for a bearer token at each call.
    public Builder bearer(Supplier<String> token) {
      this.bearer = Objects.requireNonNull(token);
      return this;
    }

    /// The client; nothing is asked yet.
    public LockClient build() {
      return new LockClient(this);
    }
  }

  private final Protocol protocol;
  private final Duration ttl;

  private LockClient(Builder builder) {
    this.protocol = new Protocol(builder.address, builder.bearer);
    this.ttl = builder.ttl;
  }

  /// A client with the usual settings.
  ///
  /// @param address of the gateway or of ticket-service: scheme, host and port
  public static LockClient at(URI address) {
    return builder(address).build();
  }

  /// A client with settings.
  ///
  /// @param address of the gateway or of ticket-service: scheme, host and port
  public static Builder builder(URI address) {
    return new Builder(address);
  }

  /// Takes the lock, waiting in line for it, first come first served over all clients. A service
  /// that cannot be reached is asked again; the place in line is kept for some seconds.
  ///
  /// @param wait at most this long; zero asks once and takes no place in line
  /// @return a lease that is renewed until it is closed
  /// @throws LockUnavailableException not got in time
  /// @throws IllegalArgumentException the service does not take the name or the ttl, or not from us
  public Lease acquire(String lock, Duration wait) throws InterruptedException {
    UUID owner = UUID.randomUUID();
    long deadline = System.nanoTime() + wait.toNanos();
    String why;
    Duration left = wait;
    do {
      Duration ask = left.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : left;
      long asked = System.nanoTime();
      try {
        Protocol.Answer answer = protocol.acquire(lock, owner, ttl, ask);
        switch (answer.status()) {
          case 200, 201 -> {
            long since = asked;
            if (System.nanoTime() - asked > ttl.dividedBy(3).toNanos()) {
              // Granted at some time of a long wait: a renewal says from when its time counts.
              since = System.nanoTime();
              answer = protocol.renew(lock, owner, answer.token(), ttl, ttl);
            }
            if (answer.status() < 300) {
              return new Lease(protocol, lock, owner, answer.token(), ttl, since);
            }
            why = answer.problem();
          }
          case 423 -> why = answer.problem();
          case 429, 502, 503, 504 -> {
            why = answer.problem();
            pause(deadline);
          }
          default ->
              throw new IllegalArgumentException("lock '%s': %s".formatted(lock, answer.problem()));
        }
      } catch (IOException e) {
        why = "%s does not answer: %s".formatted(protocol.address(), e);
        pause(deadline);
      }
      left = Duration.ofNanos(deadline - System.nanoTime());
    } while (left.isPositive());
    throw new LockUnavailableException(
        "lock '%s' was not got within %s: %s".formatted(lock, wait, why));
  }

  private static void pause(long deadline) throws InterruptedException {
    long left = deadline - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(Math.min(left, PAUSE.toNanos())));
    }
  }

  /// Ends the connections. Leases that are open can no longer be renewed: close them before.
  @Override
  public void close() {
    protocol.close();
  }
}
