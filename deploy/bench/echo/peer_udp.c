// The peer that udp-echo is measured against: one thread, recvmmsg and sendmmsg, 64 at a time.
// Usage: peer_udp PORT
#define _GNU_SOURCE
#include "upper.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, LARGEST = 65536 };

int main(int argc, char **argv) {
  if (argc != 2) { fprintf(stderr, "usage: peer_udp PORT\n"); return 2; }
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 1 << 20;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(fd, (struct sockaddr *)&at, sizeof at)) { perror("peer_udp"); return 1; }
  static char bytes[BATCH][LARGEST];
  static struct sockaddr_in from[BATCH];
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){bytes[i], LARGEST};
      messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1}};
    }
    int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < n; i++) {
      upper(bytes[i], messages[i].msg_len);
      parts[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < n;) {
      int more = sendmmsg(fd, messages + sent, (unsigned)(n - sent), 0);
      sent += more > 0 ? more : 1; // one that cannot be sent is skipped
    }
  }
}
