package dev.multipod.udpecho;

import java.io.IOException;

class ChannelBatchSocketTest extends BatchSocketContract {
  @Override
  BatchSocket open(SocketOptions options) throws IOException {
    return new ChannelBatchSocket(options);
  }
}
