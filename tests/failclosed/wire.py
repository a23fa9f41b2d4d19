#!/usr/bin/python3
"""Counts what leaves a network namespace past its proxy.

    wire.py ADDRESS PROXY PORT...

Runs inside the namespace. Every packet on any interface, loopback included, that is no TCP between ADDRESS and PROXY on
one of the PORTs is told as a line "stray WHAT". What the kernel says of itself does not count: who has PROXY's address
(ARP), and the housekeeping of IPv6 (neighbours, routers, multicast listeners).

A line "TOKEN" on standard input sends a marker to PROXY's port 4099; once the marker comes by, and so everything that
was sent before it, the answer is "mark TOKEN LOST", where LOST counts packets that came too fast to be looked at.
"""
import select
import socket
import struct
import sys

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 3, 0x0800, 0x0806, 0x86dd
SOL_PACKET, PACKET_STATISTICS = 263, 6
TCP, UDP, ICMPV6 = 6, 17, 58
HOUSEKEEPING = range(130, 144)
MARKER_PORT = 4099


def address(packed):
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def addresses(kind, packet):
    """Source, destination, protocol and payload of an IP packet."""
    if kind == ETH_P_IP:
        start = (packet[0] & 15) * 4
        return address(packet[12:16]), address(packet[16:20]), packet[9], packet[start:]
    protocol, payload = packet[6], packet[40:]
    while protocol in (0, 43, 60):  # hop-by-hop, routing and destination options
        protocol, payload = payload[0], payload[8 * (payload[1] + 1):]
    return address(packet[8:24]), address(packet[24:40]), protocol, payload


class Wire:
    def __init__(self, own, proxy, ports):
        self.own, self.proxy, self.ports = own, proxy, ports
        self.capture = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def look(self, kind, packet):
        """What it is, if it has no business here; a marker's text comes back as bytes."""
        if kind == ETH_P_ARP:
            target = address(packet[24:28])
            return None if target in (self.proxy, self.own) else "who has " + target
        if kind not in (ETH_P_IP, ETH_P_IPV6):
            return f"protocol {kind:#06x}"
        source, target, protocol, payload = addresses(kind, packet)
        if protocol == ICMPV6 and payload[0] in HOUSEKEEPING:
            return None
        here, there = struct.unpack("!HH", payload[:4]) if protocol in (TCP, UDP) else (0, 0)
        if protocol == UDP and (source, target, there) == (self.own, self.proxy, MARKER_PORT):
            return payload[8:]
        if protocol == TCP and ((source, target) == (self.own, self.proxy) and there in self.ports or
                                (source, target) == (self.proxy, self.own) and here in self.ports):
            return None
        name = {TCP: "tcp", UDP: "udp"}.get(protocol, f"protocol {protocol}")
        return f"{name} from {source} port {here} to {target} port {there}"

    def lost(self):
        return struct.unpack("II", self.capture.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def take(self):
        packet, (_, kind, *_) = self.capture.recvfrom(65536)
        found = self.look(kind, packet)
        if isinstance(found, bytes):
            print("mark", found.decode(), self.lost(), flush=True)
        elif found is not None:
            print("stray", found, flush=True)

    def run(self):
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([self.capture, sys.stdin], [], [])
            if self.capture in ready:
                self.take()
            elif sys.stdin in ready:
                token = sys.stdin.readline()
                if not token:
                    return
                self.marker.sendto(token.strip().encode(), (self.proxy, MARKER_PORT))


sys.stdin.reconfigure(line_buffering=True)
Wire(sys.argv[1], sys.argv[2], {int(port) for port in sys.argv[3:]}).run()
