package dev.multipod.gate;

import java.util.List;

/// -Xlint:all and -Werror must refuse a raw type.
final class Lint {
  private Lint() {}

  static int size(List things) {
    return things.size();
  }
}
