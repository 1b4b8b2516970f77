// The peer that tcp-echo is measured against: one thread, epoll, read - upper-case - write.
// Usage: peer_tcp PORT
#define _GNU_SOURCE
#include "upper.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 65536, EVENTS = 256, MOST_FDS = 65536 };

struct pending { // what a connection could not send yet
  char *bytes;
  size_t from, to;
};

static struct pending unsent[MOST_FDS];
static int epoll;

static void watch(int fd, unsigned events, int op) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(epoll, op, fd, &event);
}

static void forget(int fd) {
  free(unsent[fd].bytes);
  unsent[fd] = (struct pending){0};
  close(fd);
}

static void flush(int fd) {
  struct pending *p = &unsent[fd];
  while (p->from < p->to) {
    ssize_t n = send(fd, p->bytes + p->from, p->to - p->from, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) forget(fd);
      return;
    }
    p->from += (size_t)n;
  }
  free(p->bytes);
  *p = (struct pending){0};
  watch(fd, EPOLLIN, EPOLL_CTL_MOD);
}

static void serve(int fd) {
  static char chunk[CHUNK];
  ssize_t n = recv(fd, chunk, sizeof chunk, 0);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) forget(fd);
    return;
  }
  upper(chunk, (size_t)n);
  ssize_t sent = send(fd, chunk, (size_t)n, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) { forget(fd); return; }
    sent = 0;
  }
  if (sent < n) {
    size_t left = (size_t)(n - sent);
    unsent[fd] = (struct pending){malloc(left), 0, left};
    memcpy(unsent[fd].bytes, chunk + sent, left);
    watch(fd, EPOLLOUT, EPOLL_CTL_MOD); // no more reads until it is gone
  }
}

int main(int argc, char **argv) {
  if (argc != 2) { fprintf(stderr, "usage: peer_tcp PORT\n"); return 2; }
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 8192)) { perror("peer_tcp"); return 1; }
  epoll = epoll_create1(0);
  watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  struct epoll_event events[EVENTS];
  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int accepted;
        while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          if (accepted >= MOST_FDS) { close(accepted); continue; }
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          watch(accepted, EPOLLIN, EPOLL_CTL_ADD);
        }
      } else if (events[i].events & EPOLLOUT) {
        flush(fd);
      } else {
        serve(fd);
      }
    }
  }
}
