"""How messages are cut out of a stream of bytes: each comes after its length as 4 bytes, big endian."""

from __future__ import annotations

import struct

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size


class MessageTooLong(Exception):
    """A length was announced that no message of ours has."""


def frame(body: bytes) -> bytes:
    """A message as it goes over the wire: its length, then itself."""
    return _LENGTH.pack(len(body)) + body


class FrameBuffer:
    """Bytes as they arrive, in pieces of any size; whole messages come out in order."""

    def __init__(self, max_message_bytes: int) -> None:
        self.max_message_bytes = max_message_bytes
        self._bytes = bytearray()

    def __len__(self) -> int:
        """Bytes that have arrived and were not taken."""
        return len(self._bytes)

    def feed(self, data: bytes) -> None:
        """Add what arrived."""
        self._bytes += data

    def take(self) -> bytes | None:
        """The next message without its length, or None while it is not whole.

        Raises:
            MessageTooLong: as soon as a length beyond `max_message_bytes` was announced; nothing is reserved for it.
        """
        if len(self._bytes) < LENGTH_BYTES:
            return None
        (length,) = _LENGTH.unpack_from(self._bytes)
        if length > self.max_message_bytes:
            raise MessageTooLong(f"a message of {length} bytes is no message of ours")
        end = LENGTH_BYTES + length
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[LENGTH_BYTES:end])
        del self._bytes[:end]
        return body
