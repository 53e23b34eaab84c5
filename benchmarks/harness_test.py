# SPDX-License-Identifier: Apache-2.0
"""Tests of what the measuring programs compute and send."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks/instructions")]

from benchmarks.compare import aa  # noqa: E402
from benchmarks.compare.document import replace_section  # noqa: E402
from benchmarks.compare.models import chain  # noqa: E402
from benchmarks.serve import models, report, requests  # noqa: E402
from benchmarks.serve.statistics import paired_ratio  # noqa: E402
from callgrind_profile import self_costs  # noqa: E402
from tests.stress.malformed import malformed_requests  # noqa: E402
from tests.stress.soak import slope  # noqa: E402


def test_a_ratio_pairs_the_windows_of_a_round():
    """A machine that is twice as slow in one round changes no ratio of that round."""
    found = paired_ratio([300, 150, 300, 75], [100, 50, 100, 25])
    assert (found.median, found.low, found.high) == pytest.approx((3, 3, 3))


def test_the_interval_of_a_ratio_holds_its_median_and_widens_with_the_spread():
    narrow = paired_ratio([100, 101, 99, 100, 100], [100] * 5)
    wide = paired_ratio([50, 200, 100, 150, 70], [100] * 5)
    for found in (narrow, wide):
        assert found.low <= found.median <= found.high
    assert wide.high - wide.low > narrow.high - narrow.low


def test_costs_of_a_callee_are_not_its_callers():
    profile = "fn=(1) outer\n10 5\ncfn=(2) inner\ncalls=3 20\n11 700\n12 2\nfn=(2)\n20 700\n\nfn=(1)\n+1 1\n"
    assert self_costs(profile) == {"outer": 8, "inner": 700}


def test_the_slope_ignores_single_peaks():
    points = [(float(second), 10 + 0.5 * second) for second in range(50)]
    points[20] = (20.0, 500.0)
    assert slope(points) == pytest.approx(0.5)


def test_a_grpc_message_is_what_tritonclient_reads():
    from tritonclient.grpc import service_pb2

    values = models.sample(models.TINY)
    framed = requests.grpc_message("tiny", values)
    assert framed[0] == 0 and int.from_bytes(framed[1:5], "big") == len(framed) - 5
    message = service_pb2.ModelInferRequest.FromString(framed[5:])
    assert (message.model_name, message.inputs[0].datatype, list(message.inputs[0].shape)) == ("tiny", "FP32", [1, 64])
    assert np.array_equal(np.frombuffer(message.raw_input_contents[0], np.float32), values.ravel())


def test_a_storm_can_be_repeated():
    first, second = malformed_requests(3), malformed_requests(3)
    assert [next(first) for _ in range(50)] == [next(second) for _ in range(50)]


def test_the_models_are_the_same_at_every_build():
    assert models.tiny().SerializeToString() == models.tiny().SerializeToString()


def report_of(verdict, low=0.99, high=1.01):
    return {"pairs": [{"verdict": verdict, "second_over_first": {"low": low, "high": high}}], "noise": {"low": 0.98, "high": 1.01}}


def test_winners_between_a_model_and_itself_are_counted_on_both_sides():
    case = aa.Case("A/A", [])
    for verdict in ("equivalent", "first_faster", "undecided", "second_faster"):
        aa.add_trial(case, report_of(verdict))
    assert case.row()[2:7] == ["4", "1", "1", "1", "1"]


def test_of_a_real_difference_both_verdicts_are_counted():
    case = aa.Case("power", [], "5 % more work")
    for verdict in ("first_faster", "first_faster", "second_faster"):
        aa.add_trial(case, report_of(verdict))
    assert case.row()[3:5] == ["2", "1"]


def test_a_layer_that_is_added_costs_as_much_as_the_others_and_changes_nothing():
    nodes = [[node.op_type for node in chain(layers).graph.node].count("Conv") for layers in (20, 21)]
    assert nodes == [20, 21]
    kernel = np.frombuffer(chain(21).graph.initializer[-1].raw_data, np.float32).reshape(16, 16, 3, 3)
    assert np.array_equal(kernel.sum(axis=(2, 3)), np.eye(16)) and np.array_equal(kernel[:, :, 1, 1], np.eye(16))


def test_a_section_of_a_document_is_replaced_and_nothing_else(tmp_path):
    document = tmp_path / "a.md"
    document.write_text("before\n<!-- a -->\nold\n<!-- end -->\nafter\n")
    replace_section(document, ("<!-- a -->", "<!-- end -->"), "new")
    assert document.read_text() == "before\n<!-- a -->\n\nnew\n\n<!-- end -->\nafter\n"


def test_a_case_that_is_not_measured_keeps_its_table(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"top\n{report.BEGIN}\n\nold head\n\n### a\n\n1\n\n### b\n\n2\n\n{report.END}\nend\n")
    report.write_into(page, "new head\n\n### b\n\n3")
    assert page.read_text() == f"top\n{report.BEGIN}\n\nnew head\n\n### a\n\n1\n\n### b\n\n3\n\n{report.END}\nend\n"
