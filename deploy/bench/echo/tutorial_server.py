"""What a user would write first: Python's socketserver, a thread for each connection or datagram.

Usage: tutorial_server.py tcp|udp PORT
"""

import socketserver
import sys


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data.upper())


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data.upper(), self.client_address)


kind, port = sys.argv[1], int(sys.argv[2])
server = socketserver.ThreadingTCPServer if kind == "tcp" else socketserver.ThreadingUDPServer
server.daemon_threads = True
server.request_queue_size = 1024
with server(("127.0.0.1", port), Tcp if kind == "tcp" else Udp) as running:
    running.serve_forever()
