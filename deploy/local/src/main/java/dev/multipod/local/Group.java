package dev.multipod.local;

import dev.multipod.testkit.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/// The replicas of one part: their number is changed here, one change at a time.
final class Group {
  static final int MOST_REPLICAS = 10;
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  /// How long callers may still choose a replica that was just taken off the list.
  private static final Duration FORGET_WITHIN = Duration.ofMillis(800);

  static final Duration STOP_WITHIN = Duration.ofSeconds(5);

  /// A replica and its process.
  record Member(Replica replica, Supervised process) {}

  private final Part part;
  private final Function<Replica, Supervised> supervise;
  private final PeersFiles peers;
  private final Map<Integer, Member> members = new TreeMap<>();
  private boolean closed;

  Group(Part part, Function<Replica, Supervised> supervise, PeersFiles peers) {
    this.part = part;
    this.supervise = supervise;
    this.peers = peers;
  }

  Part part() {
    return part;
  }

  List<Member> members() {
    synchronized (members) {
      return List.copyOf(members.values());
    }
  }

  /// Starts the first replicas; does not wait.
  List<Member> begin() {
    List<Member> started = new ArrayList<>();
    for (int number = 1; number <= part.replicas(); number++) {
      started.add(start(number));
    }
    return started;
  }

  /// Starts or stops replicas until there are as many as asked, and waits for them.
  ///
  /// @param progress gets a line for each step
  /// @return whether every replica is ready
  synchronized boolean scale(int replicas, Consumer<String> progress) {
    List<Member> surplus = new ArrayList<>();
    List<Member> fresh = new ArrayList<>();
    for (Member member : members()) {
      if (member.replica().number() > replicas) {
        surplus.add(member);
      } else if (member.process().state() == Supervised.State.DOWN) {
        progress.accept(member.replica().name() + " was down: it is started again");
        fresh.add(start(member.replica().number()));
      }
    }
    for (int number = 1; number <= replicas; number++) {
      if (!has(number)) {
        fresh.add(start(number));
        progress.accept(part.name() + "-" + number + " starts");
      }
    }
    stop(surplus, progress);
    boolean ready = true;
    for (Member member : fresh) {
      boolean good = member.process().awaitSettled(READY_WITHIN);
      progress.accept(member.replica().name() + (good ? " is ready" : " is not ready"));
      ready &= good;
    }
    return ready;
  }

  /// Ends all replicas at once, and starts no more.
  void close(Duration grace) {
    synchronized (members) {
      closed = true;
    }
    Stack.inParallel(members(), member -> member.process().stop(grace));
  }

  private void stop(List<Member> surplus, Consumer<String> progress) {
    if (surplus.isEmpty()) {
      return;
    }
    surplus.forEach(member -> peers.remove(member.replica()));
    LockSupport.parkNanos(FORGET_WITHIN.toNanos());
    Stack.inParallel(
        surplus,
        member -> {
          member.process().stop(STOP_WITHIN);
          progress.accept(member.replica().name() + " is stopped");
        });
    synchronized (members) {
      surplus.forEach(member -> members.remove(member.replica().number()));
    }
  }

  private boolean has(int number) {
    synchronized (members) {
      return members.containsKey(number);
    }
  }

  private Member start(int number) {
    Replica replica =
        new Replica(
            part.name(),
            number,
            part.port().isPresent() ? part.port().getAsInt() : Ports.free(),
            Ports.free(),
            part.kind() == Part.Kind.RAW ? OptionalInt.of(Ports.free()) : OptionalInt.empty());
    Member member = new Member(replica, supervise.apply(replica));
    synchronized (members) {
      if (closed) {
        throw new Refusal("The stack is stopping.");
      }
      members.put(number, member);
      member.process().start();
    }
    return member;
  }
}
