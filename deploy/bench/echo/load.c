// A load generator for echo servers on loopback: one thread, epoll, closed loop or, for UDP, a fixed rate.
//
//   load tcp PORT CONNECTIONS DEPTH SECONDS SIZE   DEPTH messages in flight on each connection
//   load udp PORT SOCKETS     DEPTH SECONDS SIZE   likewise, over connected UDP sockets
//   load rate PORT SOCKETS    PER_SECOND SECONDS SIZE   UDP at a fixed rate: latency, not capacity
//
// Prints: messages per second, p50 and p99 in microseconds, lost. Every reply is compared with what was sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUCKETS = 2000000, LARGEST = 1400, MOST_DEPTH = 1024 };

struct flow {
  int fd;
  size_t received;                 // of the bytes in flight on a TCP connection
  double sent_at[MOST_DEPTH];      // a ring
  unsigned head, tail;             // replies seen, messages sent
};

static unsigned histogram[BUCKETS]; // one bucket a microsecond
static unsigned long done, lost, wrong;
static char message[LARGEST], reply[LARGEST];
static size_t size;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void took(double seconds) {
  unsigned long micros = (unsigned long)(seconds * 1e6);
  histogram[micros < BUCKETS ? micros : BUCKETS - 1]++;
  done++;
}

static double percentile(double p) {
  unsigned long rank = (unsigned long)((double)done * p), seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++)
    if ((seen += histogram[i]) > rank) return i;
  return 0;
}

static void put(struct flow *f, int udp, double at) {
  if (send(f->fd, message, size, MSG_NOSIGNAL | (udp ? MSG_DONTWAIT : 0)) != (ssize_t)size) {
    if (!udp) { perror("load: send"); exit(1); }
    lost++;
    return;
  }
  f->sent_at[f->tail++ % MOST_DEPTH] = at;
}

static void burst(struct flow *f, unsigned count, int udp) { // TCP: one write for all, as a pipelining client does
  static char many[MOST_DEPTH * LARGEST];
  double at = now();
  if (udp) {
    for (unsigned i = 0; i < count; i++) put(f, 1, at);
    return;
  }
  for (unsigned i = 0; i < count; i++) {
    memcpy(many + i * size, message, size);
    f->sent_at[f->tail++ % MOST_DEPTH] = at;
  }
  if (send(f->fd, many, count * size, MSG_NOSIGNAL) != (ssize_t)(count * size)) { perror("load: send"); exit(1); }
}

int main(int argc, char **argv) {
  if (argc != 7) { fprintf(stderr, "usage: load tcp|udp|rate PORT FLOWS DEPTH|PER_SECOND SECONDS SIZE\n"); return 2; }
  int udp = argv[1][0] != 't', fixed = argv[1][0] == 'r';
  int flows = atoi(argv[3]), depth = fixed ? 0 : atoi(argv[4]);
  double rate = fixed ? atof(argv[4]) : 0, seconds = atof(argv[5]);
  size = (size_t)atoi(argv[6]);
  if (size < 1 || size > LARGEST || depth > MOST_DEPTH / 2) { fprintf(stderr, "load: size or depth out of bounds\n"); return 2; }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  for (size_t i = 0; i < size; i++) message[i] = (char)('a' + i % 26), reply[i] = (char)('A' + i % 26);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct flow *all = calloc((size_t)flows, sizeof *all);
  int epoll = epoll_create1(0), one = 1;
  for (int i = 0; i < flows; i++) {
    struct flow *f = &all[i];
    f->fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (connect(f->fd, (struct sockaddr *)&to, sizeof to)) { perror("load: connect"); return 1; }
    if (!udp) setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(f->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};
    epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &event);
  }

  double start = now(), warm = start + seconds / 4, end = start + seconds, measured_from = 0, next_rescue = start + 0.2;
  unsigned long paced = 0;
  static char in[1 << 16];
  if (!fixed) for (int i = 0; i < flows; i++) burst(&all[i], (unsigned)depth, udp);
  struct epoll_event events[512];
  for (double t = start; t < end; t = now()) {
    if (measured_from == 0 && t > warm) { // what came before was warm-up
      memset(histogram, 0, sizeof histogram);
      done = lost = 0;
      measured_from = t;
    }
    if (fixed) {
      unsigned long due = (unsigned long)((t - start) * rate);
      for (; paced < due; paced++) put(&all[paced % (unsigned long)flows], 1, now());
    } else if (udp && t > next_rescue) { // a closed loop must not die of a lost datagram
      for (int i = 0; i < flows; i++) {
        struct flow *f = &all[i];
        if (f->tail != f->head && t - f->sent_at[f->head % MOST_DEPTH] > 0.2) {
          lost += f->tail - f->head;
          f->head = f->tail;
          burst(f, (unsigned)depth, 1);
        }
      }
      next_rescue = t + 0.2;
    }
    int n = epoll_wait(epoll, events, 512, fixed ? 0 : 50);
    for (int i = 0; i < n; i++) {
      struct flow *f = events[i].data.ptr;
      unsigned answered = 0;
      ssize_t got;
      if (udp) {
        while ((got = recv(f->fd, in, sizeof in, MSG_DONTWAIT)) >= 0) {
          if ((size_t)got != size || memcmp(in, reply, size)) wrong++;
          if (f->head != f->tail) took(now() - f->sent_at[f->head++ % MOST_DEPTH]), answered++;
        }
      } else {
        got = recv(f->fd, in, sizeof in, 0);
        if (got <= 0) { fprintf(stderr, "load: the server closed a connection\n"); return 1; }
        for (ssize_t b = 0; b < got; b++)
          if (in[b] != reply[(f->received + (size_t)b) % size]) wrong++;
        f->received += (size_t)got;
        double at = now();
        while (f->received >= size && f->head != f->tail) {
          f->received -= size;
          took(at - f->sent_at[f->head++ % MOST_DEPTH]);
          answered++;
        }
      }
      if (!fixed && answered) burst(f, answered, udp);
    }
  }
  double took_seconds = now() - measured_from;
  if (fixed) lost = 0;
  for (int i = 0; fixed && i < flows; i++) lost += all[i].tail - all[i].head;
  if (wrong) { fprintf(stderr, "load: %lu replies were wrong\n", wrong); return 1; }
  printf("%.0f %.0f %.0f %lu\n", (double)done / took_seconds, percentile(0.50), percentile(0.99), lost);
  return 0;
}
