# SPDX-License-Identifier: Apache-2.0
"""Zip archives composed byte by byte, so that they can lie; and the parts of torch's pickles as opcodes."""
import dataclasses
import struct
import zlib


@dataclasses.dataclass
class Member:
    """A member; what is None is told as it is, everything else is a lie."""

    name: str
    content: bytes = b""
    deflate: bool = False
    size: int = None
    compressed: int = None
    crc: int = None
    offset: int = None
    local_name: str = None
    flags: int = 0
    method: int = None
    data: bytes = None  # as it stands in the archive


def repeated(name, piece, count):
    """A member that deflates to the piece, so many times over; made in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)) * count + b"\x03\x00"
    return Member(name, b"", True, size=len(piece) * count, crc=0, data=data)


def compose(members, entries=None, directory_size=None, directory_offset=None):
    """A zip of the members. The last three are what the end record claims."""
    body, directory = b"", b""
    for member in members:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = packer.compress(member.content) + packer.flush() if member.deflate else member.content
        data = data if member.data is None else member.data
        method = (8 if member.deflate else 0) if member.method is None else member.method
        told = (method, 0, 0, zlib.crc32(member.content) if member.crc is None else member.crc,
                len(data) if member.compressed is None else member.compressed,
                len(member.content) if member.size is None else member.size)
        name, local = member.name.encode(), (member.local_name or member.name).encode()
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, member.flags, *told, len(name), 0, 0, 0, 0, 0,
                                 len(body) if member.offset is None else member.offset) + name
        body += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, member.flags, *told, len(local), 0) + local + data
    count = len(members) if entries is None else entries
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count,
                                          len(directory) if directory_size is None else directory_size,
                                          len(body) if directory_offset is None else directory_offset, 0)


def torch_zip(pickle, *storages):
    """What torch.save writes, around a pickle."""
    members = [Member("archive/data.pkl", pickle), Member("archive/byteorder", b"little")]
    members += [Member(f"archive/data/{key}", data) for key, data in enumerate(storages)]
    return compose(members + [Member("archive/version", b"3\n")])


MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."


def torch_legacy(pickle, keys=(), storages=b""):
    """What torch.save wrote before 1.6."""
    listed = b"\x80\x02](" + b"".join(text(key) for key in keys) + b"e."
    return MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + pickle + listed + storages


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -2**31 <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    return b"\x8a\x08" + struct.pack("<q", value)


def numbers(values):
    return b"(" + b"".join(integer(value) for value in values) + b"t"


def named(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def call(module, name, *arguments):
    """REDUCE of a global with arguments that are opcodes already."""
    return named(module, name) + b"(" + b"".join(arguments) + b"tR"


def storage(count, kind="FloatStorage", key="0", module="torch", part=b""):
    return b"(" + text("storage") + named(module, kind) + text(key) + text("cpu") + integer(count) + part + b"tQ"


def tensor(sizes, strides, offset=0, stored=None, function="_rebuild_tensor_v2"):
    return call("torch._utils", function, storage(4) if stored is None else stored, integer(offset), numbers(sizes),
                numbers(strides), b"\x89", call("collections", "OrderedDict"))


def pickled(*opcodes):
    return b"\x80\x02" + b"".join(opcodes) + b"."


def state_dict(*tensors):
    """{"w0": tensor, ...}"""
    entries = b"".join(text(f"w{index}") + one for index, one in enumerate(tensors))
    return pickled(b"}(", entries, b"u")
