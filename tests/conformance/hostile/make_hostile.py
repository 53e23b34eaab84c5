#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes model files that are out to do harm: to run code, to take all memory or time, or to be read out of bounds.

usage: make_hostile.py FOLDER   empties the folder first; a file that ran code would leave FOLDER/../ran-code behind
"""
import pathlib
import shutil
import struct
import sys

from archives import (MAGIC, Member, call, compose, integer, named, pickled, repeated, state_dict, storage, tensor,
                      text, torch_legacy, torch_zip)

FLOATS = struct.pack("<4f", 1, 2, 3, 4)
HUGE = 1 << 60


def code(sentinel):
    """Pickles that would run something when Python loaded them."""
    command, python = text(f"touch '{sentinel}'"), text(f"open({str(sentinel)!r}, 'w').close()")
    system = call("os", "system", command)
    calls = {
        "os_system": system,
        "posix_system": call("posix", "system", command),
        "os_popen": call("os", "popen", command),
        "eval": call("builtins", "eval", python),
        "eval_python2": call("__builtin__", "eval", python),
        "exec": call("builtins", "exec", python),
        "subprocess": call("subprocess", "Popen", b"](" + text("touch") + text(str(sentinel)) + b"e"),
        "import": call("builtins", "__import__", text("antigravity")),
        "getattr": call("builtins", "getattr", call("builtins", "__import__", text("os")), text("system")),
        "nested_pickle": call("pickle", "loads", b"B" + struct.pack("<I", len(pickled(system))) + pickled(system)),
        "nested_torch": call("torch.storage", "_load_from_bytes", b"B\x01\x00\x00\x00."),
        "partial": call("functools", "partial", named("os", "system"), command),
        "runpy": call("runpy", "run_path", text(str(sentinel))),
        "open": call("builtins", "open", text(str(sentinel)), text("w")),
        "setstate": named("my.module", "Net") + b")\x81}(" + text("__setstate__") + named("os", "system") + b"ub",
        "instance": b"(" + command + b"ios\nsystem\n",
        "object": b"(" + named("os", "system") + command + b"o",
        "new_object": named("os", "system") + command + b"\x85\x81",
        "new_object_keywords": named("os", "system") + command + b"\x85}\x92",
        "stack_global": text("os") + text("system") + b"\x93" + command + b"\x85R",
        "retyped": call("torch._tensor", "_rebuild_from_type_v2", named("os", "system"), b"N", command + b"\x85", b"}"),
        "reconstructor": call("copyreg", "_reconstructor", named("os", "system"), b"N", b"N"),
        "dict_that_runs": call("collections", "OrderedDict", b"](" + system + b"e"),
    }
    files = {f"code_{name}.pth": torch_zip(pickled(one)) for name, one in calls.items()}
    files["code_bare.pkl"] = pickled(system)
    files["code_bare_protocol_0.pkl"] = f"cos\nsystem\n(S\"touch '{sentinel}'\"\ntR.".encode()
    files["code_legacy.pth"] = torch_legacy(pickled(system))
    files["code_in_legacy_info.pth"] = MAGIC + b"\x80\x02M\xe9\x03." + pickled(system) + pickled(b"}") + pickled(b"]")
    files["code_beside_tensors.pth"] = torch_zip(
        pickled(b"}(", text("hook"), system, text("w"), tensor([4], [1]), b"u"), FLOATS)
    files["code_in_torchscript.pt"] = compose([Member("m/data.pkl", pickled(system)), Member("m/constants.pkl", pickled(system)),
                                               Member("m/code/__torch__.py", b"import os\nos.abort()\n")])
    files["code_in_pt2.pt2"] = compose([
        Member("m/archive_format", b"pt2"), Member("m/archive_version", b"0"), Member("m/models/model.json", b"{}"),
        Member("m/data/sample_inputs/model.pt", torch_zip(pickled(system)))])
    files["code_in_pt2_weights.pt2"] = compose([
        Member("serialized_exported_program.json", b"{}"), Member("serialized_state_dict.pt", torch_zip(pickled(system))),
        Member("version", b"8.2")])
    files["code_in_keras.keras"] = compose([
        Member("metadata.json", b'{"keras_version": "3.0.0"}'), Member("model.weights.h5", b"\x89HDF\r\n\x1a\n"),
        Member("config.json", b'{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": '
                              b'"Lambda", "config": {"function": "import os; os.abort()"}}]}}')])
    return files


def doubled(steps, leaf=b"N"):
    """A list of two references to a list of two references to ...: 2^steps values in a few bytes."""
    body = b"](" + leaf + leaf + b"e"
    for step in range(steps):
        index = bytes([step])  # in the memo
        body = body + b"q" + index + b"0](h" + index + b"h" + index + b"e"
    return body


def bombs():
    """Pickles and archives that spell far more than they are."""
    long_text = b"X" + struct.pack("<I", 1 << 20) + b"\xc3\xa9" * (1 << 19)
    encode = b"h\x00X\x06\x00\x00\x00latin1\x86R0"
    pairs = b"](" + (text("k") + b"N\x86") * 20000 + b"e"
    deep = 1_000_000
    return {
        "bomb_doubled_lists.pth": torch_zip(pickled(doubled(60))),
        "bomb_doubled_tensors.pth": torch_zip(pickled(doubled(60, tensor([4], [1]))), FLOATS),
        "bomb_deep_lists.pth": torch_zip(pickled(b"](" * deep + b"e" * deep)),
        "bomb_deep_tuples.pth": torch_zip(pickled(b"N" + b"\x85" * deep)),
        "bomb_deep_dicts.pth": torch_zip(
            pickled((b"}" + text("k")) * 5000 + tensor([4], [1]) + b"s" * 5000), FLOATS),
        "bomb_deep_parameters.pth": torch_zip(pickled(named("torch._utils", "_rebuild_parameter") * 5000
                                                      + tensor([4], [1]) + b"\x85R" * 5000), FLOATS),
        "bomb_deep_retyped.pth": torch_zip(pickled(
            (named("torch._tensor", "_rebuild_from_type_v2") + b"(" + named("torch._tensor", "_rebuild_from_type_v2")
             + b"N") * 5000 + b")" + b"}tR" * 5000)),
        "bomb_many_values.pth": torch_zip(pickled(b"N0" * 5_000_000)),
        "bomb_many_duplicates.pth": torch_zip(pickled(b"N" + b"2" * 20_000_000)),
        "bomb_many_marks.pth": torch_zip(pickled(b"(" * 20_000_000)),
        "bomb_many_memos.pth": torch_zip(pickled(b"N" + b"\x94" * 20_000_000)),
        "bomb_copied_texts.pth": torch_zip(pickled(long_text, b"\x94", (named("_codecs", "encode") + encode) * 3000)),
        "bomb_copied_entries.pth": torch_zip(pickled(pairs, b"\x94", (named("collections", "OrderedDict")
                                                                      + b"h\x00\x85R0") * 20000)),
        "bomb_long_names.pth": torch_zip(pickled(b"X" + struct.pack("<I", 1 << 24) + b"k" * (1 << 24), b"\x94",
                                                 b"}h\x00" * 40, tensor([4], [1]), b"s" * 40), FLOATS),
        "bomb_text_length.pth": torch_zip(pickled(b"\x8d" + struct.pack("<Q", HUGE))),
        "bomb_bytes_length.pth": torch_zip(pickled(b"\x8e" + struct.pack("<Q", (1 << 64) - 1))),
        "bomb_long_length.pth": torch_zip(pickled(b"\x8b\xff\xff\xff\xff")),
        "bomb_deflated_pickle.pth": compose([repeated("archive/data.pkl", b"N0" * (1 << 19), 2000)]),
        "bomb_deflated.npz": compose([repeated("a.npy", bytes(1 << 20), 2000)]),
        "bomb_deflated_many.npz": compose([repeated(f"{i}.npy", bytes(1 << 20), 1) for i in range(1000)]),
        "bomb_claimed_size.npz": compose([Member("a.npy", b"x" * 100, True, size=0xFFFFFFF0)]),
        "bomb_expanded_tensor.pth": torch_zip(state_dict(tensor([1 << 20, 1 << 20], [0, 0])), FLOATS),
        "bomb_expanded_tensors.pth": torch_zip(state_dict(*[tensor([1 << 22], [0])] * 2000), FLOATS),
    }


def tensors():
    """Tensors that reach out of their storages."""
    cases = {
        "negative_stride": tensor([2, 2], [-1, 1]), "negative_offset": tensor([1], [1], -4),
        "negative_size": tensor([-4], [1]), "past_the_end": tensor([2, 4], [4, 1]),
        "offset_past_the_end": tensor([1], [1], 4), "huge_shape": tensor([HUGE], [1]),
        "huge_product": tensor([1 << 32, 1 << 32], [1, 1]), "huge_stride": tensor([2], [(1 << 63) - 1]),
        "huge_offset": tensor([1], [1], (1 << 63) - 1), "many_dimensions": tensor([1] * 100_000, [1] * 100_000),
        "more_strides": tensor([2], [1, 1]), "no_storage": tensor([4], [1], stored=b"N"),
        "storage_count": tensor([4], [1], stored=storage(400)),
        "storage_count_negative": tensor([4], [1], stored=storage(-1)),
        "storage_count_huge": tensor([4], [1], stored=storage((1 << 63) - 1)),
        "storage_missing": tensor([4], [1], stored=storage(4, key="7")),
        "storage_outside": tensor([4], [1], stored=storage(4, key="../../../etc/passwd")),
        "storage_type": tensor([4], [1], stored=storage(4, "ObjectStorage")),
        "storage_part": tensor([1], [1], stored=storage(4, part=b"(" + text("0") + integer(3) + integer(HUGE) + b"t")),
        "sparse": call("torch._utils", "_rebuild_sparse_tensor", named("torch", "sparse_coo"), b")"),
        "quantized_axis": call("torch._utils", "_rebuild_qtensor", storage(16, "QInt8Storage"), integer(0), b"K\x04\x85",
                               b"K\x01\x85", b"(" + named("torch", "per_channel_affine") + b"]]" + integer(9) + b"t",
                               b"\x89", b"N"),
        "quantized_scales": call("torch._utils", "_rebuild_qtensor", storage(16, "QInt8Storage"), integer(0),
                                 b"K\x04\x85", b"K\x01\x85",
                                 b"(" + named("torch", "per_channel_affine") + b"]]" + integer(0) + b"t", b"\x89", b"N"),
        "bools": tensor([4], [1], stored=storage(16, "BoolStorage")),
    }
    return {f"tensor_{name}.pth": torch_zip(state_dict(one), FLOATS) for name, one in cases.items()}


def archives():
    """Zips that lie about themselves."""
    good = pickled(b"}")
    one, two = Member("archive/data.pkl", good), Member("archive/version", b"3\n")
    before = compose([one])[:-22]  # without the end record
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, HUGE, HUGE, HUGE, 0)
    locator = struct.pack("<IIQI", 0x07064B50, 0, len(before), 1)
    return {
        "zip_empty.pth": compose([]),
        "zip_twins.pth": compose([one, one]),
        "zip_parent.pth": compose([one, Member("archive/../../x", b"x")]),
        "zip_absolute.pth": compose([one, Member("/etc/passwd", b"x")]),
        "zip_nul.pth": compose([one, Member("archive/a\0b", b"x")]),
        "zip_overlap.pth": compose([one, Member("archive/data.pkl2", good, offset=0, local_name="archive/data.pkl")]),
        "zip_overlap_inside.pth": compose([Member("archive/data.pkl", good + compose([two])), Member(
            "archive/version", b"3\n", offset=30 + 16 + len(good))]),
        "zip_past_the_end.pth": compose([Member("archive/data.pkl", good, size=1 << 30, compressed=1 << 30)]),
        "zip_into_directory.pth": compose([Member("archive/data.pkl", good, size=60, compressed=60)]),
        "zip_other_name.pth": compose([Member("archive/data.pkl", good, local_name="archive/data.pkX")]),
        "zip_checksum.pth": compose([Member("archive/data.pkl", good, crc=1)]),
        "zip_encrypted.pth": compose([Member("archive/data.pkl", good, flags=1)]),
        "zip_method.pth": compose([Member("archive/data.pkl", good, method=12)]),
        "zip_deflated_storage.pth": compose([
            Member("archive/data.pkl", state_dict(tensor([4], [1]))), Member("archive/data/0", FLOATS, True)]),
        "zip_directory_offset.pth": compose([one], directory_offset=0xFFFFFFF0),
        "zip_directory_size.pth": compose([one], directory_size=0xFFFFFFF0),
        "zip_entries.pth": compose([one], entries=60000),
        "zip64_entries.pth": before + end64 + locator + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF,
                                                          0xFFFFFFFF, 0),
        "zip_byte_order.pth": compose([one, Member("archive/byteorder", b"middle")]),
        "zip_no_pickle.pth": compose([two]),
    }


def safetensors(header, data=b"", length=None):
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def other_formats():
    entry = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[%s]}%s}'
    npy = lambda header: b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header  # noqa: E731
    numpy_dict = b"{'descr': %s, 'fortran_order': False, 'shape': %s, }\n"
    tar = bytearray(1024)
    tar[257:262] = b"ustar"
    count = struct.pack("<q", 1 << 60)
    return {
        "st_header_length.safetensors": safetensors(b"{}", length=(1 << 63)),
        "st_header_longer.safetensors": safetensors(b"{}", length=1000),
        "st_gap.safetensors": safetensors(entry % (b"1", b"4,8", b""), bytes(8)),
        "st_outside.safetensors": safetensors(entry % (b"2", b"0,8", b""), bytes(4)),
        "st_backwards.safetensors": safetensors(entry % (b"1", b"4,0", b""), bytes(4)),
        "st_overlap.safetensors": safetensors(
            entry % (b"1", b"0,4", b',"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}'), bytes(6)),
        "st_huge_shape.safetensors": safetensors(entry % (b"4294967296,4294967296", b"0,0", b"")),
        "st_negative.safetensors": safetensors(entry % (b"-1", b"0,4", b""), bytes(4)),
        "st_twins.safetensors": safetensors(entry % (b"0", b"0,0", b',"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}')),
        "st_deep.safetensors": safetensors(b'{"a":' * 1_000_000),
        "st_many_dimensions.safetensors": safetensors(entry % (b"1," * 1_000_000 + b"1", b"0,4", b""), bytes(4)),
        "st_no_utf8.safetensors": safetensors(b'{"\xff":{}}'),
        "st_no_json.safetensors": safetensors(b"{" + b"x" * 100),
        "npz_object.npz": compose([Member("a.npy", npy(numpy_dict % (b"'|O'", b"(1,)")) + pickled(b"N"))]),
        "npz_header_code.npz": compose([Member("a.npy", npy(numpy_dict % (b"__import__('os').abort()", b"(1,)")))]),
        "npz_huge_shape.npz": compose([Member("a.npy", npy(numpy_dict % (b"'<f4'", b"(4294967296, 4294967296)")))]),
        "npz_longer_shape.npz": compose([Member("a.npy", npy(numpy_dict % (b"'<f4'", b"(1000000,)")) + bytes(4))]),
        "npz_negative_shape.npz": compose([Member("a.npy", npy(numpy_dict % (b"'<f4'", b"(-1,)")) + bytes(4))]),
        "legacy_protocol.pth": MAGIC + pickled(integer(7)),
        "legacy_no_object.pth": MAGIC + b"\x80\x02M\xe9\x03.",
        "legacy_no_storage.pth": torch_legacy(state_dict(tensor([4], [1])), ["0"]),
        "legacy_huge_storage.pth": torch_legacy(
            state_dict(tensor([4], [1], stored=storage(1 << 60))), ["0"], count + FLOATS),
        "legacy_other_count.pth": torch_legacy(
            state_dict(tensor([4], [1])), ["0"], struct.pack("<q", -4) + FLOATS),
        "legacy_twins.pth": torch_legacy(
            state_dict(tensor([4], [1])), ["0", "0"], (struct.pack("<q", 4) + FLOATS) * 2),
        "old_tar.pth": bytes(tar),
        "hdf5_garbage.h5": b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 4,
        "pt2_garbage.pt2": compose([Member("m/archive_format", b"pt2"), Member("m/models/model.json", b"[" * 100_000)]),
        "empty.pth": b"",
        "text.pth": b"these are my notes\n",
    }


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = code(folder.parent / "ran-code") | bombs() | tensors() | archives() | other_formats()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    print(f"{len(files)} files")


if __name__ == "__main__":
    main()
