// Python's bytes.upper(): a-z change, every other byte stays. The compiler vectorises it.
#pragma once
#include <stddef.h>

static inline void upper(char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)bytes[i];
    bytes[i] = (char)(c - ((unsigned char)(c - 'a') < 26 ? 32 : 0));
  }
}
